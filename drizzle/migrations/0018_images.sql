CREATE TABLE `images` (
	`id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`used_at` datetime(3) NOT NULL,
	CONSTRAINT `images_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE INDEX `images_used` ON `images` (`used_at`);--> statement-breakpoint
-- Images that festivals name now, or have named before: what no festival names any more is removed after a day.
INSERT IGNORE INTO `images` (`id`, `used_at`) SELECT DISTINCT `picture`, utc_timestamp(3) FROM `festivals` WHERE `picture` IS NOT NULL;
--> statement-breakpoint
INSERT IGNORE INTO `images` (`id`, `used_at`)
	SELECT DISTINCT json_unquote(json_extract(`before`, '$.picture')), utc_timestamp(3) FROM `audit_log`
	WHERE `action` = 'festival.picture' AND json_unquote(json_extract(`before`, '$.picture')) REGEXP '^[0-9a-f]{64}$';

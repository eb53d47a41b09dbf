ALTER TABLE `payments` MODIFY COLUMN `state` enum('charging','confirmed','declined','refunding','refunded','expired','accepted') NOT NULL;--> statement-breakpoint
-- A Redis that had lost the first one may have made a second payment of one request: the first keeps it.
UPDATE `payments` `p` JOIN (
	SELECT `request`, MIN(`id`) AS `first` FROM `payments` WHERE `request` IS NOT NULL GROUP BY `request` HAVING COUNT(*) > 1
) `twice` ON `twice`.`request` = `p`.`request` SET `p`.`request` = NULL WHERE `p`.`id` <> `twice`.`first`;--> statement-breakpoint
DROP INDEX `payments_request` ON `payments`;--> statement-breakpoint
ALTER TABLE `payments` ADD CONSTRAINT `payments_request` UNIQUE(`request`);

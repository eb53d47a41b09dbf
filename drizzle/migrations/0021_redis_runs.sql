CREATE TABLE `redis_runs` (
	`run` varchar(80) character set ascii collate ascii_bin NOT NULL,
	`kept_at` datetime(3) NOT NULL,
	`kept_by` varchar(255) NOT NULL,
	CONSTRAINT `redis_runs_run` PRIMARY KEY(`run`)
);
--> statement-breakpoint
ALTER TABLE `rooms` ADD `kept_run` varchar(80) character set ascii collate ascii_bin;
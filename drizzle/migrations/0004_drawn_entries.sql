CREATE TABLE `drawn_entries` (
	`room_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`piece` int unsigned NOT NULL,
	`content` mediumblob NOT NULL,
	CONSTRAINT `drawn_entries_room_id_piece_pk` PRIMARY KEY(`room_id`,`piece`)
);
--> statement-breakpoint
ALTER TABLE `drawn_entries` ADD CONSTRAINT `drawn_entries_room_id_rooms_id_fk` FOREIGN KEY (`room_id`) REFERENCES `rooms`(`id`) ON DELETE no action ON UPDATE no action;
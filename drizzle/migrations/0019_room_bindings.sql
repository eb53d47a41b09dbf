CREATE TABLE `drawn_participants` (
	`room_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`piece` int unsigned NOT NULL,
	`content` mediumblob NOT NULL,
	CONSTRAINT `drawn_participants_room_id_piece_pk` PRIMARY KEY(`room_id`,`piece`)
);
--> statement-breakpoint
CREATE TABLE `room_bindings` (
	`room_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`entry_index` int unsigned NOT NULL,
	`account_id` varchar(64) character set ascii collate ascii_bin,
	`counted` varchar(40) character set ascii collate ascii_bin NOT NULL,
	`stream_order` varchar(40) character set ascii collate ascii_bin NOT NULL,
	CONSTRAINT `room_bindings_room_id_entry_index_pk` PRIMARY KEY(`room_id`,`entry_index`)
);
--> statement-breakpoint
ALTER TABLE `rooms` ADD `draw_record` varchar(1000) character set ascii collate ascii_bin;--> statement-breakpoint
ALTER TABLE `drawn_participants` ADD CONSTRAINT `drawn_participants_room_id_rooms_id_fk` FOREIGN KEY (`room_id`) REFERENCES `rooms`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `room_bindings` ADD CONSTRAINT `room_bindings_room_id_rooms_id_fk` FOREIGN KEY (`room_id`) REFERENCES `rooms`(`id`) ON DELETE no action ON UPDATE no action;
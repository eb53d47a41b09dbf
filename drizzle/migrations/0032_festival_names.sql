ALTER TABLE `festivals` ADD `name_ko` varchar(200);--> statement-breakpoint
ALTER TABLE `festivals` ADD `name_en` varchar(200);--> statement-breakpoint
ALTER TABLE `festivals` ADD `place_ko` varchar(200);--> statement-breakpoint
ALTER TABLE `festivals` ADD `place_en` varchar(200);--> statement-breakpoint
ALTER TABLE `ticket_types` ADD `name_ko` varchar(100);--> statement-breakpoint
ALTER TABLE `ticket_types` ADD `name_en` varchar(100);
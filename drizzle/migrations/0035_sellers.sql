ALTER TABLE `festivals` ADD `seller_name` varchar(200);--> statement-breakpoint
ALTER TABLE `festivals` ADD `seller_representative` varchar(100);--> statement-breakpoint
ALTER TABLE `festivals` ADD `seller_registration` varchar(64);--> statement-breakpoint
ALTER TABLE `festivals` ADD `seller_mail_order` varchar(64);--> statement-breakpoint
ALTER TABLE `festivals` ADD `seller_address` varchar(300);--> statement-breakpoint
ALTER TABLE `festivals` ADD `seller_email` varchar(254);--> statement-breakpoint
ALTER TABLE `festivals` ADD `seller_phone` varchar(40);
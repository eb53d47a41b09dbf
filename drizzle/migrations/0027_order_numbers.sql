ALTER TABLE `orders` ADD `number` varchar(9) character set ascii collate ascii_bin;--> statement-breakpoint
ALTER TABLE `orders` ADD CONSTRAINT `orders_number` UNIQUE(`number`);
ALTER TABLE `rooms` ADD `participants_per_network_max` int unsigned DEFAULT 200 NOT NULL;--> statement-breakpoint
ALTER TABLE `rooms` ADD `participants_per_domain_max` int unsigned DEFAULT 20 NOT NULL;--> statement-breakpoint
ALTER TABLE `rooms` ADD `beacon` enum('required','preferred','none') DEFAULT 'preferred' NOT NULL;
# Where

variable "region" {
  description = "The AWS region of hosts and stores, such as ap-northeast-2 (Seoul)."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of an AWS region: ap-northeast-2 is Seoul, eu-central-1 Frankfurt."
  }
}

variable "name" {
  description = "The name of the system: it begins the name of every resource and of every parameter. One account may have several."
  type        = string
  default     = "naru"

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])+$", var.name)) && length(var.name) <= 19
    error_message = "name must have 2 to 19 lower-case letters, digits and single hyphens, and begin with a letter: load balancers and buckets take no more."
  }
  validation {
    condition     = !can(regex("^(aws|amazon|amzn|ssm)", var.name))
    error_message = "name must not begin with aws, amazon, amzn or ssm: Systems Manager reserves these for its own parameters and documents."
  }
}

variable "zones" {
  description = "The two availability zones. By default the first two that offer the hosts' instance types and take CloudFront's connections."
  type        = list(string)
  default     = []

  validation {
    condition     = contains([0, 2], length(var.zones)) && length(distinct(var.zones)) == length(var.zones)
    error_message = "zones must name two different availability zones, such as [\"ap-northeast-2a\", \"ap-northeast-2c\"], or none for those chosen automatically."
  }
}

variable "network" {
  description = "The address range of the VPC. It needs to differ from others only where they are connected."
  type        = string
  default     = "10.20.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.network)) && try(contains([16, 17, 18, 19, 20], tonumber(split("/", var.network)[1])) && cidrhost(var.network, 0) == split("/", var.network)[0], false)
    error_message = "network must be an IPv4 range of /16 to /20 from its first address, such as 10.20.0.0/16."
  }
}

# What runs

variable "release_file" {
  description = "The release archive that the hosts run. By default the newest that `npm run release` has made in .data/release."
  type        = string
  default     = null

  validation {
    condition     = var.release_file == null || can(regex("naru-[0-9A-Za-z][0-9A-Za-z.-]*-linux-(x64|arm64)\\.tar\\.gz$", var.release_file))
    error_message = "release_file must be the path of an archive as `npm run release` names it: naru-VERSION-linux-x64.tar.gz or naru-VERSION-linux-arm64.tar.gz."
  }
  validation {
    condition     = var.release_file == null || try(fileexists(var.release_file), false)
    error_message = "There is no file at release_file. Make a release with `npm run release`; `ls .data/release` shows those that exist."
  }
}

variable "payment_provider" {
  description = "sandbox moves no money and is for trials; stripe and portone need their keys (README.md)."
  type        = string
  default     = "sandbox"

  validation {
    condition     = contains(["sandbox", "stripe", "portone"], var.payment_provider)
    error_message = "payment_provider must be sandbox, stripe or portone."
  }
  validation {
    condition     = var.payment_provider != "sandbox" || var.origin_count == 1
    error_message = "The sandbox provider keeps its ledger on the one origin host: set origin_count = 1, or another payment_provider."
  }
}

variable "gateway_settings" {
  description = "Further environment variables of the gateway (gateway/CONFIGURATION.md). Secrets do not belong here: they are parameters."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.gateway_settings) : can(regex("^[A-Z][A-Z0-9_]*$", name)) && !can(regex("(PRIVATE_KEY|SECRET|PASSWORD$|REDIS_URL)", name))])
    error_message = "gateway_settings takes names of environment variables such as POLL_NEAR_SECONDS, and no keys, secrets or passwords: the hosts make those, and terraform's state must not have them."
  }
}

variable "origin_settings" {
  description = "Further environment variables of the origin (origin/CONFIGURATION.md), such as EMAIL_FROM. Secrets do not belong here: they are parameters."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.origin_settings) : can(regex("^[A-Z][A-Z0-9_]*$", name)) && !can(regex("(PRIVATE_KEY|SECRET|PASSWORD$|EMAIL_URL|DATABASE_URL|REDIS_URL)", name))])
    error_message = "origin_settings takes names of environment variables such as EMAIL_FROM, and nothing that is secret: put STRIPE_SECRET_KEY, EMAIL_URL and the like into parameters below /NAME/origin/secrets/ (README.md)."
  }
  validation {
    condition     = var.payment_provider != "stripe" || can(regex("^pk_(test|live)_", lookup(var.origin_settings, "STRIPE_PUBLISHABLE_KEY", "")))
    error_message = "payment_provider = \"stripe\" needs origin_settings = { STRIPE_PUBLISHABLE_KEY = \"pk_live_…\" }: Stripe's publishable key, which is no secret (README.md)."
  }
  validation {
    condition     = var.payment_provider != "portone" || alltrue([for name in ["PORTONE_STORE_ID", "PORTONE_CHANNEL_KEYS"] : contains(keys(var.origin_settings), name)])
    error_message = "payment_provider = \"portone\" needs origin_settings = { PORTONE_STORE_ID = \"store-…\", PORTONE_CHANNEL_KEYS = \"card=channel-key-…\" }, which are no secrets (README.md)."
  }
}

# The public URL

variable "domain" {
  description = "Your own domain name, such as tickets.example.org. By default CloudFront's own. Needs certificate_arn."
  type        = string
  default     = null

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain must be a host name in lower case without https:// and path, such as tickets.example.org."
  }
  validation {
    condition     = (var.domain == null) == (var.certificate_arn == null)
    error_message = "domain and certificate_arn belong together: set both, or neither for CloudFront's own domain."
  }
}

variable "certificate_arn" {
  description = "The certificate of the domain in AWS Certificate Manager. CloudFront takes those of us-east-1 only."
  type        = string
  default     = null

  validation {
    condition     = var.certificate_arn == null || can(regex("^arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/", var.certificate_arn))
    error_message = "certificate_arn must be of a certificate in us-east-1: CloudFront takes no other. Request it there in AWS Certificate Manager."
  }
}

# How much

variable "gateway_count" {
  description = "How many gateway hosts. From two on a load balancer inside the network shares the requests."
  type        = number
  default     = 1

  validation {
    condition     = var.gateway_count >= 1 && var.gateway_count <= 20 && floor(var.gateway_count) == var.gateway_count
    error_message = "gateway_count must be a whole number from 1 to 20."
  }
}

variable "origin_count" {
  description = "How many origin hosts. From two on a load balancer inside the network shares the requests."
  type        = number
  default     = 1

  validation {
    condition     = var.origin_count >= 1 && var.origin_count <= 20 && floor(var.origin_count) == var.origin_count
    error_message = "origin_count must be a whole number from 1 to 20."
  }
}

variable "gateway_instance_type" {
  description = "The instance type of gateway hosts."
  type        = string
  default     = "t3.small"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9]+$", var.gateway_instance_type))
    error_message = "gateway_instance_type must be an EC2 instance type, such as t3.small or c7i.large."
  }
}

variable "origin_instance_type" {
  description = "The instance type of origin hosts. Of the same architecture as the gateways', since both run one release."
  type        = string
  default     = "t3.small"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9]+$", var.origin_instance_type))
    error_message = "origin_instance_type must be an EC2 instance type, such as t3.small or c7i.large."
  }
  validation {
    condition     = can(regex("^[a-z]+[0-9]+g", var.origin_instance_type)) == can(regex("^[a-z]+[0-9]+g", var.gateway_instance_type))
    error_message = "origin_instance_type and gateway_instance_type must be of one architecture: both Graviton (t4g, c7g …) or neither. Both roles run the same release."
  }
}

variable "image_id" {
  description = "The machine image. By default the newest Amazon Linux 2023 when a host is created; hosts are never replaced for a newer one."
  type        = string
  default     = null

  validation {
    condition     = var.image_id == null || can(regex("^ami-[0-9a-f]+$", var.image_id))
    error_message = "image_id must be the ID of a machine image, such as ami-0123456789abcdef0."
  }
}

variable "disk_gib" {
  description = "The size of each host's disk: the system, three releases, the journal."
  type        = number
  default     = 12

  validation {
    condition     = var.disk_gib >= 10 && var.disk_gib <= 200 && floor(var.disk_gib) == var.disk_gib
    error_message = "disk_gib must be a whole number from 10 to 200: three releases and the journal need 10."
  }
}

variable "database_version" {
  description = "The MySQL version. A running database cannot return to an older one."
  type        = string
  default     = "9.7"

  validation {
    condition     = contains(["8.4", "9.7"], var.database_version)
    error_message = "database_version must be 9.7 or 8.4: Naru is tested on these. Where your region has no 9.7 yet, take 8.4."
  }
}

variable "database_instance_class" {
  description = "The RDS instance class."
  type        = string
  default     = "db.t4g.micro"

  validation {
    condition     = can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.database_instance_class))
    error_message = "database_instance_class must be an RDS instance class, such as db.t4g.micro or db.m7g.large."
  }
}

variable "database_storage_gib" {
  description = "The database's storage. It grows by itself up to five times this."
  type        = number
  default     = 20

  validation {
    condition     = var.database_storage_gib >= 20 && var.database_storage_gib <= 2000 && floor(var.database_storage_gib) == var.database_storage_gib
    error_message = "database_storage_gib must be a whole number from 20 to 2000."
  }
}

variable "database_multi_az" {
  description = "A standby of the database in the other zone, which takes over within one to two minutes."
  type        = bool
  default     = false
}

variable "backup_days" {
  description = "For how many days the database can be restored to any second."
  type        = number
  default     = 7

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35 && floor(var.backup_days) == var.backup_days
    error_message = "backup_days must be a whole number from 1 to 35. Backups cannot be switched off: orders live nowhere else."
  }
}

variable "redis_node_type" {
  description = "The ElastiCache node type."
  type        = string
  default     = "cache.t4g.micro"

  validation {
    condition     = can(regex("^cache\\.[a-z0-9]+\\.[a-z0-9]+$", var.redis_node_type))
    error_message = "redis_node_type must be an ElastiCache node type, such as cache.t4g.micro or cache.m7g.large."
  }
}

variable "redis_replicas" {
  description = "Replicas of each Redis primary. From one on a replica in the other zone takes over when the primary fails."
  type        = number
  default     = 0

  validation {
    condition     = contains([0, 1, 2, 3, 4, 5], var.redis_replicas)
    error_message = "redis_replicas must be from 0 to 5."
  }
}

variable "redis_shards" {
  description = "0 is one Redis; 1 and more make a Redis Cluster with this number of shards, over which rooms are spread. A change from 0 to a cluster, or back, replaces Redis."
  type        = number
  default     = 0

  validation {
    condition     = var.redis_shards >= 0 && var.redis_shards <= 15 && floor(var.redis_shards) == var.redis_shards
    error_message = "redis_shards must be a whole number from 0 (no cluster) to 15."
  }
  validation {
    condition     = var.redis_shards == 0 || var.redis_replicas >= 1
    error_message = "A Redis Cluster needs a replica for each shard, because ElastiCache requires automatic failover for it: set redis_replicas = 1."
  }
}

variable "redis_password_version" {
  description = "Raise it by one to give Redis another password. The old one stays valid until the next change."
  type        = number
  default     = 1

  validation {
    condition     = var.redis_password_version >= 1 && floor(var.redis_password_version) == var.redis_password_version
    error_message = "redis_password_version must be a whole number from 1 on."
  }
}

# Alarms, and what is kept

variable "alarm_email" {
  description = "The recipient of alarms and of the budget's warnings. Without it alarms are only on the dashboard, and there is no budget."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null || can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.alarm_email))
    error_message = "alarm_email must be an e-mail address."
  }
}

variable "budget_usd" {
  description = "The budget of a month in US dollars, for the whole account: alarm_email is notified at 80 % and 100 %, and when the forecast exceeds 100 %."
  type        = number
  default     = 150

  validation {
    condition     = var.budget_usd >= 1
    error_message = "budget_usd must be 1 or more."
  }
}

variable "log_days" {
  description = "For how many days CloudWatch has the logs."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_days)
    error_message = "log_days must be one of CloudWatch's periods: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731."
  }
}

variable "on_destroy" {
  description = "What `terraform destroy` may do: refuse (nothing is destroyed), snapshot (a final snapshot of the database is kept), delete (nothing is kept)."
  type        = string
  default     = "refuse"

  validation {
    condition     = contains(["refuse", "snapshot", "delete"], var.on_destroy)
    error_message = "on_destroy must be refuse, snapshot or delete."
  }
}

# terraform test: the module with a provider that is mocked. It runs on version 3.39 as well, translated
# (scripts/tests/terraform/programs.test.ts), which cannot mock ephemeral resources away.

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["ap-northeast-2b", "ap-northeast-2c", "ap-northeast-2d"] }
  }
  mock_data "aws_ec2_instance_type_offerings" {
    defaults = { instance_types = ["t3.small", "c7i.large", "t4g.small"] }
  }
  mock_data "aws_ec2_managed_prefix_list" {
    defaults = { id = "pl-cloudfront" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_ssm_parameter" {
    defaults = { value = "ami-0123456789abcdef0" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  mock_resource "aws_instance" {
    defaults = { id = "i-0123456789abcdef0", arn = "arn:aws:ec2:ap-northeast-2:123456789012:instance/i-0123456789abcdef0", private_dns = "host.internal" }
  }
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/x/1", dns_name = "balancer.internal" }
  }
  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:targetgroup/x/1" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::bucket" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:ap-northeast-2:123456789012:alarms" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:ap-northeast-2:123456789012:log-group:x" }
  }
  mock_resource "aws_cloudfront_distribution" {
    defaults = { domain_name = "d111111abcdef8.cloudfront.net" }
  }
  mock_resource "aws_elasticache_replication_group" {
    defaults = { primary_endpoint_address = "primary.redis.internal", configuration_endpoint_address = "cluster.redis.internal" }
  }
  mock_resource "aws_db_instance" {
    defaults = { address = "mysql.internal" }
  }
  mock_resource "aws_vpc" {
    defaults = { id = "vpc-0123456789abcdef0" }
  }
}

variables {
  region       = "ap-northeast-2"
  release_file = "tests/naru-1.0.0-0123456789ab-linux-x64.tar.gz"
  on_destroy   = "delete"
}

run "default" {
  command = apply

  assert {
    condition     = length(aws_instance.gateway) == 1 && length(aws_instance.origin) == 1 && length(aws_lb.this) == 0
    error_message = "The default is one host of each role, and no balancer."
  }
  assert {
    condition     = alltrue([for host in concat(aws_instance.gateway, aws_instance.origin) : host.metadata_options[0].http_tokens == "required" && host.root_block_device[0].encrypted])
    error_message = "Hosts take IMDSv2 only and have encrypted disks."
  }
  assert {
    condition     = output.public_url == "https://d111111abcdef8.cloudfront.net"
    error_message = "The public URL is CloudFront's by default."
  }
  assert {
    condition     = jsondecode(aws_ssm_parameter.settings["gateway"].value).ORIGIN_URL == "http://host.internal:8081" && jsondecode(aws_ssm_parameter.settings["gateway"].value).GATEWAY_INTERNAL_HOST == "127.0.0.1"
    error_message = "A single gateway talks to the origin host, and its internal port answers nobody else."
  }
  assert {
    condition     = jsondecode(aws_ssm_parameter.settings["origin"].value).REDIS_ADDRESS == "primary.redis.internal:6379" && jsondecode(aws_ssm_parameter.settings["origin"].value).PROVIDER_URL == "http://127.0.0.1:8090"
    error_message = "The origin is told where Redis and the sandbox provider are."
  }
  assert {
    condition     = jsondecode(aws_ssm_parameter.release.value).version == "1.0.0-0123456789ab" && length(jsondecode(aws_ssm_parameter.release.value).sha256) == 64
    error_message = "The release is named with its checksum."
  }
  assert {
    condition     = aws_db_instance.main.publicly_accessible == false && aws_db_instance.main.storage_encrypted && aws_db_instance.main.backup_retention_period == 7
    error_message = "The database is private, encrypted and can be restored."
  }
  assert {
    condition     = aws_elasticache_replication_group.main.transit_encryption_enabled && aws_elasticache_replication_group.main.at_rest_encryption_enabled
    error_message = "Redis is encrypted."
  }
  assert {
    condition     = alltrue([for bucket in aws_s3_bucket_public_access_block.this : bucket.block_public_acls && bucket.block_public_policy && bucket.ignore_public_acls && bucket.restrict_public_buckets])
    error_message = "Buckets are private."
  }
  assert {
    condition     = aws_cloudfront_distribution.main.ordered_cache_behavior[0].path_pattern == "/api/rooms/*/status" && alltrue([for error in aws_cloudfront_distribution.main.custom_error_response : error.error_caching_min_ttl == 0])
    error_message = "The status comes first, and no error is cached."
  }
}

run "scaled" {
  command = apply

  variables {
    gateway_count    = 2
    origin_count     = 3
    redis_replicas   = 1
    redis_shards     = 2
    payment_provider = "stripe"
    origin_settings  = { STRIPE_PUBLISHABLE_KEY = "pk_live_1" }
    domain           = "tickets.example.org"
    certificate_arn  = "arn:aws:acm:us-east-1:123456789012:certificate/0123"
    alarm_email      = "ops@example.org"
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.cloudfront) == 2 && contains(keys(local.flows), "gateway_to_origin") && contains(keys(local.flows), "gateway_to_origin_balancer")
    error_message = "The direct ways stay open beside balancers, so that going from one host to two interrupts nothing."
  }
  assert {
    condition     = length(aws_lb.this) == 2 && length(aws_lb_target_group_attachment.gateway) == 2 && length(aws_lb_target_group_attachment.origin) == 3
    error_message = "Two and more hosts stand behind a balancer."
  }
  assert {
    condition     = alltrue([for role, group in aws_lb_target_group.this : group.health_check[0].path == "/readyz" && group.health_check[0].port == tostring(local.ports[role].internal)])
    error_message = "Balancers check readiness at the internal port."
  }
  assert {
    condition     = jsondecode(aws_ssm_parameter.settings["gateway"].value).ORIGIN_URL == "http://balancer.internal:8081" && jsondecode(aws_ssm_parameter.settings["origin"].value).ORIGIN_INTERNAL_HOST == "0.0.0.0"
    error_message = "Gateways talk to the balancer of the origins, which answer its checks."
  }
  assert {
    condition     = jsondecode(aws_ssm_parameter.settings["origin"].value).REDIS_ADDRESS == "cluster.redis.internal:6379," && length(local.redis_nodes) == 4
    error_message = "A cluster's address is followed by a comma, and each of its nodes has alarms."
  }
  assert {
    condition     = output.public_url == "https://tickets.example.org" && contains(aws_cloudfront_distribution.main.aliases, "tickets.example.org")
    error_message = "The public URL is on the operator's own domain."
  }
  assert {
    condition     = !can(jsondecode(aws_ssm_parameter.settings["origin"].value).PROVIDER_URL) && !strcontains(aws_ssm_document.rollout["origin"].content, "sandbox/main.mjs")
    error_message = "With Stripe there is no sandbox."
  }
  assert {
    condition     = length(aws_sns_topic_subscription.email) == 2 && length(aws_budgets_budget.month) == 1
    error_message = "The operator is told by e-mail of alarms in both regions, and of the budget."
  }
  assert {
    condition     = aws_db_instance.main.skip_final_snapshot && !aws_db_instance.main.deletion_protection
    error_message = "on_destroy = delete leaves nothing."
  }
}

run "nothing_is_open" {
  command = apply

  assert {
    condition     = !contains(keys(local.flows), "gateway_to_database") && toset([for flow in local.flows : flow.from if flow.to == "database"]) == toset(["origin"])
    error_message = "Only origins reach the database."
  }
  assert {
    condition     = toset([for flow in local.flows : flow.from if flow.to == "redis"]) == toset(["gateway", "origin"])
    error_message = "Only hosts reach Redis."
  }
  assert {
    condition     = length(setintersection(toset(local.parameters_read.gateway), ["/origin", "/settings/origin"])) == 0 && length(setintersection(toset(local.parameters_read.origin), ["/gateway", "/settings/gateway"])) == 0
    error_message = "No role reads the parameters of the other."
  }
  assert {
    condition     = alltrue(flatten([for role, paths in local.parameters_written : [for path in paths : startswith(path, "/${role}/") || startswith(path, "/public/")]])) && length(setintersection(toset(local.parameters_written.gateway), toset(local.parameters_written.origin))) == 0
    error_message = "A role writes its own parameters and its own public keys: neither the release nor settings nor what the other publishes."
  }
}

run "protected" {
  command = plan
  variables { on_destroy = "refuse" }

  assert {
    condition     = aws_db_instance.main.deletion_protection && !aws_db_instance.main.skip_final_snapshot && !aws_s3_bucket.this["images"].force_destroy
    error_message = "By default nothing that holds orders or images can be destroyed."
  }
}

run "wrong_region" {
  command = plan
  variables { region = "Seoul" }
  expect_failures = [var.region]
}

run "name_that_is_too_long" {
  command = plan
  variables { name = "a-b-c-d-e-f-g-h-i-jk" }
  expect_failures = [var.name]
}

run "name_that_is_reserved" {
  command = plan
  variables { name = "ssm-tickets" }
  expect_failures = [var.name]
}

run "network_that_is_too_large" {
  command = plan
  variables { network = "10.0.0.0/8" }
  expect_failures = [var.network]
}

run "network_of_ipv6" {
  command = plan
  variables { network = "2001:db8::/16" }
  expect_failures = [var.network]
}

run "wrong_release" {
  command = plan
  variables { release_file = "tests/naru-2.0.0-linux-x64.tar.gz" }
  expect_failures = [var.release_file]
}

run "release_of_another_architecture" {
  command = plan
  variables {
    gateway_instance_type = "t4g.small"
    origin_instance_type  = "t4g.small"
  }
  expect_failures = [aws_s3_object.release]
}

run "types_of_two_architectures" {
  command = plan
  variables { origin_instance_type = "t4g.small" }
  expect_failures = [var.origin_instance_type]
}

run "type_that_no_zone_offers" {
  command = plan
  variables { gateway_instance_type = "x9.huge" }
  expect_failures = [aws_vpc.main]
}

run "domain_without_certificate" {
  command = plan
  variables { domain = "tickets.example.org" }
  expect_failures = [var.domain]
}

run "certificate_elsewhere" {
  command = plan
  variables {
    domain          = "tickets.example.org"
    certificate_arn = "arn:aws:acm:ap-northeast-2:123456789012:certificate/0123"
  }
  expect_failures = [var.certificate_arn]
}

run "sandbox_with_two_origins" {
  command = plan
  variables { origin_count = 2 }
  expect_failures = [var.payment_provider]
}

run "cluster_without_replicas" {
  command = plan
  variables { redis_shards = 2 }
  expect_failures = [var.redis_shards]
}

run "setting_that_is_no_secret" {
  command = plan
  variables { origin_settings = { PASSWORD_CONCURRENCY = "2" } }

  assert {
    condition     = local.settings.origin.PASSWORD_CONCURRENCY == "2"
    error_message = "A setting whose name only contains PASSWORD is taken."
  }
}

run "stripe_without_its_publishable_key" {
  command = plan
  variables { payment_provider = "stripe" }
  expect_failures = [var.origin_settings]
}

run "portone_without_its_store" {
  command = plan
  variables { payment_provider = "portone" }
  expect_failures = [var.origin_settings]
}

run "secret_among_settings" {
  command = plan
  variables { origin_settings = { STRIPE_SECRET_KEY = "sk_live_1" } }
  expect_failures = [var.origin_settings]
}

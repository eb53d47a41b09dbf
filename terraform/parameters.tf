# Settings of the hosts. Keys and passwords are not among them: hosts generate theirs, and the operator adds those of other
# services (README.md, "Secrets"). roles.tf defines which role reads which path.

locals {
  public_url = "https://${var.domain != null ? var.domain : aws_cloudfront_distribution.main.domain_name}"

  # The services' internal ports are reachable for balancers only.
  internal_hosts = { for role in local.roles : role => local.balanced[role] ? "0.0.0.0" : "127.0.0.1" }

  settings = {
    gateway = merge({
      GATEWAY_PUBLIC_URL    = local.public_url
      GATEWAY_HOST          = "0.0.0.0"
      GATEWAY_INTERNAL_HOST = local.internal_hosts.gateway
      ORIGIN_URL            = "http://${local.balanced.origin ? aws_lb.this["origin"].dns_name : aws_instance.origin[0].private_dns}:${local.ports.origin.public}"
      REDIS_ADDRESS         = local.redis_address
      PROXY_ADDRESS_HEADER  = "cloudfront-viewer-address"
      PROXY_STORE_ARN       = aws_cloudfront_key_value_store.proof.arn
    }, var.gateway_settings)

    origin = merge(
      {
        GATEWAY_PUBLIC_URL         = local.public_url
        ORIGIN_HOST                = "0.0.0.0"
        ORIGIN_INTERNAL_HOST       = local.internal_hosts.origin
        REDIS_ADDRESS              = local.redis_address
        DATABASE_ADDRESS           = "${aws_db_instance.main.address}:3306"
        DATABASE_NAME              = aws_db_instance.main.db_name
        DATABASE_MASTER_SECRET_ARN = aws_db_instance.main.master_user_secret[0].secret_arn
        IMAGE_BUCKET               = aws_s3_bucket.this["images"].bucket
        AWS_REGION                 = var.region
        PAYMENT_PROVIDER           = var.payment_provider
      },
      var.payment_provider == "sandbox"
      ? { PROVIDER_URL = "http://127.0.0.1:8090" }
      : { PROVIDER_TIMEOUT_MS = var.payment_provider == "portone" ? "60000" : "15000" },
      var.origin_settings,
    )
  }
}

resource "aws_ssm_parameter" "settings" {
  for_each = local.roles

  name        = "/${var.name}/settings/${each.key}"
  description = "Environment variables of the ${each.key} that are not secret"
  type        = "String"
  value       = jsonencode(local.settings[each.key])
}

# Redis' password goes from here into the parameter, and from the parameter to ElastiCache, so that both always have the
# same one, even after an apply that was interrupted. Write-only arguments: neither plan nor state contains it.
ephemeral "aws_secretsmanager_random_password" "redis" {
  password_length     = 64
  exclude_punctuation = true
}

resource "aws_ssm_parameter" "redis_password" {
  name             = "/${var.name}/shared/REDIS_PASSWORD"
  description      = "Redis' password, for gateways and origins"
  type             = "SecureString"
  value_wo         = ephemeral.aws_secretsmanager_random_password.redis.random_password
  value_wo_version = var.redis_password_version
}

ephemeral "aws_ssm_parameter" "redis_password" {
  arn             = aws_ssm_parameter.redis_password.arn
  with_decryption = true
}

output "public_url" {
  description = "Where fans, organisers and staff go."
  value       = local.public_url
}

output "dns_record" {
  description = "The record that your own domain needs."
  value       = var.domain == null ? "none: CloudFront's own domain" : "${var.domain} CNAME ${aws_cloudfront_distribution.main.domain_name}"
}

output "first_organiser" {
  description = "Prints a one-time link for the first organiser; put their address in. Needs the AWS CLI with the Session Manager plugin."
  value       = "aws ssm start-session --region ${var.region} --target ${aws_instance.origin[0].id} --document-name AWS-StartInteractiveCommand --parameters 'command=[\"sudo /opt/naru/current/bin/naru organiser add YOU@EXAMPLE.ORG\"]'"
}

output "shells" {
  description = "A shell on each host, by Session Manager. `sudo /opt/naru/current/bin/naru health` tells version and readiness."
  value       = { for host, it in local.hosts : host => "aws ssm start-session --region ${var.region} --target ${it.id}" }
}

output "release" {
  description = "The release that the hosts run."
  value       = local.release_parts[0]
}

output "rollout_reports" {
  description = "What the last rollouts printed, and so why one has failed."
  value       = "aws s3 cp --region ${var.region} --recursive s3://${aws_s3_bucket.this["releases"].bucket}/rollouts/ rollouts/"
}

output "secrets" {
  description = "Commands for the parameters that only you can fill in (README.md): each reads the value without showing it. After a change, apply with -replace=aws_ssm_association.origin."
  # Without quotes around the value, which terraform would print with backslashes.
  value = {
    for name in ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "PORTONE_API_SECRET", "PORTONE_WEBHOOK_SECRET", "EMAIL_URL"] :
    name => "read -rs value && aws ssm put-parameter --region ${var.region} --type SecureString --overwrite --name /${var.name}/origin/secrets/${name} --value $value; unset value"
  }
}

output "payments" {
  description = "Whether money moves."
  value       = var.payment_provider == "sandbox" ? "sandbox: no money moves. For sales set payment_provider to stripe or portone." : "${var.payment_provider}; its webhook goes to ${local.public_url}/api/webhooks/${var.payment_provider}"
}

output "alarms" {
  description = "Where alarms go."
  value       = var.alarm_email == null ? "nowhere but the dashboard: set alarm_email" : "to ${var.alarm_email}, once the links in both e-mails of AWS are confirmed"
}

output "dashboard" {
  description = "The dashboard in CloudWatch."
  value       = "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}#dashboards/dashboard/${var.name}"
}

output "database" {
  description = "The database's address, reachable from origin hosts only."
  value       = aws_db_instance.main.address
}

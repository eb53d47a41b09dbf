# `terraform destroy` begins here, since this depends on all resources that nothing else depends on: it refuses before
# anything is changed.

resource "terraform_data" "destroy" {
  input = var.on_destroy

  provisioner "local-exec" {
    when    = destroy
    command = self.input == "refuse" ? "echo 'Nothing has been destroyed. To remove everything, apply with -var on_destroy=delete (or snapshot) first: README.md.' && exit 1" : "exit 0"
  }

  depends_on = [
    aws_budgets_budget.month,
    aws_cloudwatch_dashboard.main,
    aws_cloudwatch_metric_alarm.this,
    aws_default_security_group.unused,
    aws_lb_listener.this,
    aws_lb_target_group_attachment.gateway,
    aws_lb_target_group_attachment.origin,
    aws_route_table_association.private,
    aws_route_table_association.public,
    aws_s3_bucket_lifecycle_configuration.this,
    aws_s3_bucket_ownership_controls.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_sns_topic_subscription.email,
    aws_ssm_association.gateway,
    aws_vpc_endpoint.s3,
    aws_vpc_security_group_egress_rule.internal,
    aws_vpc_security_group_ingress_rule.cloudfront,
  ]
}

# The only way in. TLS ends here; from here to the gateways requests stay in AWS's network (a VPC origin).

# A distribution holds on to its VPC origin, which can neither be changed nor removed meanwhile. So another host, or the
# first balancer, gets a new VPC origin, and the old one is removed once the distribution no longer uses it.

resource "aws_cloudfront_vpc_origin" "host" {
  count = local.balanced.gateway ? 0 : 1

  vpc_origin_endpoint_config {
    name                   = "${var.name}-${aws_instance.gateway[0].id}"
    arn                    = aws_instance.gateway[0].arn
    http_port              = local.ports.gateway.public
    https_port             = 443
    origin_protocol_policy = "http-only"

    origin_ssl_protocols {
      items    = ["TLSv1.2"]
      quantity = 1
    }
  }

  timeouts {
    create = "30m"
    delete = "30m"
  }

  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [aws_instance.gateway[0].arn]
  }

  # CloudFront refuses a network without one.
  depends_on = [aws_internet_gateway.main]
}

resource "aws_cloudfront_vpc_origin" "balancer" {
  count = local.balanced.gateway ? 1 : 0

  vpc_origin_endpoint_config {
    name                   = "${var.name}-balancer"
    arn                    = aws_lb.this["gateway"].arn
    http_port              = local.ports.gateway.public
    https_port             = 443
    origin_protocol_policy = "http-only"

    origin_ssl_protocols {
      items    = ["TLSv1.2"]
      quantity = 1
    }
  }

  timeouts {
    create = "30m"
    delete = "30m"
  }

  lifecycle {
    create_before_destroy = true
  }

  # Requests reach a balancer only once it listens and has its hosts.
  depends_on = [aws_internet_gateway.main, aws_lb_listener.this, aws_lb_target_group_attachment.gateway]
}

# Proves to the gateway that a request came through CloudFront, so that the viewer's address can be trusted. The gateway
# generates the secret and stores it here; terraform never has it.

resource "aws_cloudfront_key_value_store" "proof" {
  name    = "${var.name}-proof"
  comment = "What proves to gateways of ${var.name} that a request came through CloudFront"
}

resource "aws_cloudfront_function" "proof" {
  name                         = "${var.name}-proof"
  comment                      = "Adds the proof to each request"
  runtime                      = "cloudfront-js-2.0"
  code                         = file("${path.module}/files/proof.js")
  publish                      = true
  key_value_store_associations = [aws_cloudfront_key_value_store.proof.arn]
}

# A room's status: one document for all fans. Its headers say for how long: a second, and five when the gateway fails.
# max_ttl limits the time in which a stale copy is served, too, so that it has to be longer than those.
resource "aws_cloudfront_cache_policy" "status" {
  name        = "${var.name}-status"
  comment     = "The status of a room, as long as its headers allow"
  min_ttl     = 0
  default_ttl = 0
  max_ttl     = 10

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true

    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

# The gateway's answer to one fan's poll is given to all, so that nothing of that fan goes with it: neither cookies, by
# which a fan who polls too often is refused, nor a query.
resource "aws_cloudfront_origin_request_policy" "status" {
  name    = "${var.name}-status"
  comment = "Nothing of a viewer but the address"

  cookies_config {
    cookie_behavior = "none"
  }
  headers_config {
    header_behavior = "whitelist"
    headers {
      items = ["Host", "CloudFront-Viewer-Address", "X-Naru-Proxy"]
    }
  }
  query_strings_config {
    query_string_behavior = "none"
  }
}

# Everything that the viewer sends, and the address. What else CloudFront knows of a viewer (place, device) stays there.
resource "aws_cloudfront_origin_request_policy" "everything" {
  name    = "${var.name}-everything"
  comment = "All that a viewer sends, and the address"

  cookies_config {
    cookie_behavior = "all"
  }
  headers_config {
    header_behavior = "allViewerAndWhitelistCloudFront"
    headers {
      items = ["CloudFront-Viewer-Address"]
    }
  }
  query_strings_config {
    query_string_behavior = "all"
  }
}

# Pages: as long as their headers allow, which excludes personal ones. The key contains cookies and language.
resource "aws_cloudfront_cache_policy" "pages" {
  name        = "${var.name}-pages"
  comment     = "As the gateway's headers say"
  min_ttl     = 0
  default_ttl = 0
  max_ttl     = 86400

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true

    cookies_config {
      cookie_behavior = "all"
    }
    headers_config {
      header_behavior = "whitelist"
      headers {
        items = ["Accept-Language", "Authorization"]
      }
    }
    query_strings_config {
      query_string_behavior = "all"
    }
  }
}

locals {
  # Policies that AWS manages: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
  caching_disabled  = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
  caching_optimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"

  all_methods  = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
  read_methods = ["GET", "HEAD"]

  # In this order: the first pattern that matches is used. The gateway compresses; CloudFront compresses what it did not.
  behaviors = [
    { path = "/api/rooms/*/status", policy = aws_cloudfront_cache_policy.status.id, forwarded = aws_cloudfront_origin_request_policy.status.id, methods = local.read_methods, proof = true },
    { path = "/api/*", policy = local.caching_disabled, forwarded = aws_cloudfront_origin_request_policy.everything.id, methods = local.all_methods, proof = true },
    { path = "/assets/*", policy = local.caching_optimized, forwarded = aws_cloudfront_origin_request_policy.everything.id, methods = local.read_methods, proof = false },
  ]

  # CloudFront would cache errors for ten seconds by default.
  error_codes = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]
}

resource "aws_cloudfront_distribution" "main" {
  enabled         = true
  comment         = var.name
  is_ipv6_enabled = true
  http_version    = "http2and3"
  price_class     = "PriceClass_200"
  aliases         = var.domain == null ? [] : [var.domain]

  origin {
    origin_id   = "gateway"
    domain_name = local.balanced.gateway ? aws_lb.this["gateway"].dns_name : aws_instance.gateway[0].private_dns

    vpc_origin_config {
      vpc_origin_id       = one(concat(aws_cloudfront_vpc_origin.host[*].id, aws_cloudfront_vpc_origin.balancer[*].id))
      origin_read_timeout = 30
      # Shorter than balancers (60 s) and gateways (65 s) keep idle connections: no request meets one that is being closed.
      origin_keepalive_timeout = 50
    }
  }

  dynamic "ordered_cache_behavior" {
    for_each = local.behaviors
    iterator = behavior

    content {
      path_pattern             = behavior.value.path
      target_origin_id         = "gateway"
      viewer_protocol_policy   = "redirect-to-https"
      allowed_methods          = behavior.value.methods
      cached_methods           = local.read_methods
      compress                 = true
      cache_policy_id          = behavior.value.policy
      origin_request_policy_id = behavior.value.forwarded

      dynamic "function_association" {
        for_each = behavior.value.proof ? [aws_cloudfront_function.proof.arn] : []

        content {
          event_type   = "viewer-request"
          function_arn = function_association.value
        }
      }
    }
  }

  default_cache_behavior {
    target_origin_id         = "gateway"
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = local.all_methods
    cached_methods           = local.read_methods
    compress                 = true
    cache_policy_id          = aws_cloudfront_cache_policy.pages.id
    origin_request_policy_id = aws_cloudfront_origin_request_policy.everything.id

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.proof.arn
    }
  }

  dynamic "custom_error_response" {
    for_each = local.error_codes

    content {
      error_code            = custom_error_response.value
      error_caching_min_ttl = 0
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = var.domain == null
    acm_certificate_arn            = var.certificate_arn
    ssl_support_method             = var.domain == null ? null : "sni-only"
    minimum_protocol_version       = var.domain == null ? "TLSv1" : "TLSv1.2_2021"
  }
}

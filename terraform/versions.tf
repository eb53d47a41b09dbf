terraform {
  # Write-only arguments keep Redis' password out of the state: Terraform 1.11, OpenTofu 1.11.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # 6.62 is the version whose schema the module is checked against.
      version = "~> 6.62"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { Naru = var.name }
  }
}

"""Who calls: an OIDC resource server that takes tenant and roles from the token."""

# Of `pulumi refresh --preview-only --json`: the names of what is not there any more, and whose loss cannot be undone by the next `pulumi up`.
[.steps[]? | select(.op == "delete") | .urn
  | select(test("[$:](aws:s3/bucket:Bucket|aws:cloudfront/distribution:Distribution|auth0:index/action:Action)::")) | sub(".*::"; "")]
| unique | join(", ")

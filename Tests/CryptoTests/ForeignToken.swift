// Made with `openssl genrsa`, `openssl rsa -pubout` and `openssl dgst -sha256 -sign`; the private half was thrown away.
let foreignPublicKey = """
  -----BEGIN PUBLIC KEY-----
  MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAm6Awj1L4QSXiwuWg2W2n
  LjCOKz70Ru8G7bXd+5ZlaeoIxN74kWn5P8BwwShArE5IvGN9kK5M4DZUpBCnXexo
  oKzfG1NiL4qem05qTEUZAh18GGaL6mbD7T3o05Qt1wAw54IOkEPjv++i4cfDAqJK
  CaUkX6jmVnu1Zukmcobxg7vT8kYuLqBgkLJpCAOqy9tRmow1mtc8AjbzYvChNGQG
  SZUCoNfEuZUyjNzeuXwi5CnOuP0RcwCU7GIRzkbZNGaaD5hrUqfGlf2juxhrI81T
  LUEPwup2V+tR7lwUS1Bh+0gWsd29LqmPhuoPgQN3gTiZu9lJwEBT7D97hV8noSYw
  ywIDAQAB
  -----END PUBLIC KEY-----
  """

let foreignToken =
  "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9"
  + ".eyJpc3MiOiIxMjM0NSIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAwNjAwfQ"
  + ".g2NZpl2TZHJHW2bfaHUrqgbq_FHn0ZvNkL-_NNPnEO-XA0YzQEaDVGllvi6acnM33ELkjvhDPoY8wu5IinK7QIJX_"
  + "nFcsVzZlxVdJIYTkoUmkTEuYyjzkaaQuDY1so8lKmUD9rGjoNwH9NUKZLaANWoJrgQyOaP8ADGFdcZcdYnxUYT2uiE"
  + "-iLoXDUv2lBE4W7Zg20cGhcNXYTW06vqxp0kV34aMmAHvqX5IcfRKIZHd3qjSLPjkgPOEUI5VXphUmnnKk_17hFo0y"
  + "r7uV7FQ-lP_15MZnB3txloU54fcrAJTPDXED4nFtBp_ABvjpuaeRtyY401Df3PvIbayPiDw4A"

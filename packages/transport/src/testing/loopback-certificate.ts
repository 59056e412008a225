/** A certificate of 127.0.0.1 and localhost that signs itself, in PEM, until 2126. Its key is public: for tests alone. */
export const loopbackCertificate = `-----BEGIN CERTIFICATE-----
MIIBnzCCAUWgAwIBAgIURNHyvarkvglQMQsX13Cs00ABWiswCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLbmV0c2lwLXRlc3QwIBcNMjYxMTIyMTczNzM4WhgPMjEyNjEw
MjkxNzM3MzhaMBYxFDASBgNVBAMMC25ldHNpcC10ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAExC14onvpM0Ykw6YS2MfvjAY6d09PHkW8FgiURL1u0JQJAhkX
ZflVicRHBf6sTVZXfoWvrFrJRMGMKVBVhocmBKNvMG0wHQYDVR0OBBYEFNfpUN8H
MJmlxujFG8M1cVd8mfQJMB8GA1UdIwQYMBaAFNfpUN8HMJmlxujFG8M1cVd8mfQJ
MA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYcEfwAAAYIJbG9jYWxob3N0MAoG
CCqGSM49BAMCA0gAMEUCIQDpOlMSa412oUxeEqM3+xrnvAbHcjirK2oBMsWXiv+C
ZAIgDXs12jyEgCSmPZ3byoohlTs+G3+DNTQwY13/CDDV8lY=
-----END CERTIFICATE-----
`

/** The key of {@link loopbackCertificate}, in PEM, which proves nothing to anybody. */
export const loopbackKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpwy9w6w464GaFVY3
Z2BNIn99Cag36e6Ph88uKvCf/K6hRANCAATELXiie+kzRiTDphLYx++MBjp3T08e
RbwWCJREvW7QlAkCGRdl+VWJxEcF/qxNVld+ha+sWslEwYwpUFWGhyYE
-----END PRIVATE KEY-----
`

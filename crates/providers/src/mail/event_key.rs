use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

/// What stands in front of the point in the DER of a P-256 public key (RFC 5480).
const P256_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The public key with which SendGrid's event webhook proves itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventKey {
    point: Vec<u8>,
}

impl EventKey {
    /// Reads the key that SendGrid shows: Base64 of the DER of a P-256 key.
    pub fn parse(base64: &str) -> Option<Self> {
        let der = STANDARD.decode(base64).ok()?;
        let point = der.strip_prefix(P256_SPKI.as_slice())?;
        // An uncompressed point: a byte that says so, and two coordinates.
        (point.len() == 65 && point[0] == 4).then(|| Self { point: point.to_vec() })
    }

    /// Whether `signature` (Base64) is over `timestamp` and the body's bytes as they came: a body
    /// that was read and written again is another one.
    pub fn verify(&self, timestamp: &str, body: &[u8], signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        let signed = [timestamp.as_bytes(), body].concat();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.point);
        key.verify(&signed, &signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the test suite of SendGrid's own Python library (`test_eventwebhook.py`).
    const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
    const OTHER_KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo7aNDthvj+y7GjUuFDb/R1NGe1OPzpA==";
    const TIMESTAMP: &str = "1600112502";
    const SIGNATURE: &str = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";
    const BODY: &str = concat!(
        r#"[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","#,
        r#""sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","#,
        r#""sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","#,
        r#""smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]"#,
        "\r\n"
    );

    fn key(text: &str) -> EventKey {
        EventKey::parse(text).expect("a key")
    }

    #[test]
    fn the_vendors_own_vector_is_right_and_any_change_of_it_wrong() {
        assert!(key(KEY).verify(TIMESTAMP, BODY.as_bytes(), SIGNATURE));

        assert!(!key(OTHER_KEY).verify(TIMESTAMP, BODY.as_bytes(), SIGNATURE));
        assert!(!key(KEY).verify("1600112503", BODY.as_bytes(), SIGNATURE));
        assert!(!key(KEY).verify(TIMESTAMP, BODY.trim_end().as_bytes(), SIGNATURE));
        assert!(!key(KEY).verify(TIMESTAMP, b"", SIGNATURE));
        for signature in ["", "no base64!", "MEUCIGHQ"] {
            assert!(!key(KEY).verify(TIMESTAMP, BODY.as_bytes(), signature), "{signature}");
        }
    }

    #[test]
    fn what_is_no_key_of_this_curve_is_refused() {
        for text in
            ["", "MFkw", "-----BEGIN PUBLIC KEY-----", &KEY[..100], &STANDARD.encode([0; 91])]
        {
            assert_eq!(EventKey::parse(text), None, "{text}");
        }
    }
}

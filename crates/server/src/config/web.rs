//! What the outside of the HTTP server depends on. The syntaxes belong to the layers of the `web`
//! crate that act on them.

use ::web::http::{TrustedProxies, cors::CorsOrigins, rate_limit::Rate};
use domain::people::Country;

use super::{
    DOORSTEP_CORS_ORIGINS, DOORSTEP_DEFAULT_REGION, DOORSTEP_PUBLIC_RATE, DOORSTEP_PUBLIC_URL,
    DOORSTEP_TRUSTED_PROXIES, ListenConfig, fault::Expected, settings::Settings, urls::PublicUrl,
};

/// What the outside of the HTTP server depends on.
#[derive(Debug)]
pub(crate) struct WebConfig {
    pub(crate) public_url: PublicUrl,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) cors_origins: CorsOrigins,
    /// For calls without a key.
    pub(crate) public_rate: Rate,
    /// Where a phone number without country code is read when the host has none.
    pub(crate) default_region: Option<Country>,
}

impl WebConfig {
    pub(super) fn read(settings: &mut Settings, listen: &ListenConfig) -> Self {
        let local = listen.local_url();
        Self {
            public_url: settings.value_or(&DOORSTEP_PUBLIC_URL, &local, PublicUrl::parse),
            trusted_proxies: settings
                .optional(&DOORSTEP_TRUSTED_PROXIES, trusted_proxies)
                .unwrap_or_default(),
            cors_origins: settings.value(&DOORSTEP_CORS_ORIGINS, cors_origins),
            public_rate: settings.value(&DOORSTEP_PUBLIC_RATE, public_rate),
            default_region: settings.optional(&DOORSTEP_DEFAULT_REGION, region),
        }
    }
}

fn trusted_proxies(text: &str) -> Result<TrustedProxies, Expected> {
    TrustedProxies::parse(text)
        .map_err(|_refused| Expected("a comma-separated list of CIDRs, such as `10.0.0.0/8, ::1`"))
}

fn cors_origins(text: &str) -> Result<CorsOrigins, Expected> {
    CorsOrigins::parse(text).map_err(|_refused| {
        Expected("`*`, or a comma-separated list of origins, such as `https://www.agency.example`")
    })
}

fn public_rate(text: &str) -> Result<Rate, Expected> {
    text.parse()
        .map_err(|_refused| Expected("a number per `s`, `m` or `h`, such as `60/m`, or `off`"))
}

fn region(text: &str) -> Result<Country, Expected> {
    Country::parse(text).ok_or(Expected("the two letters of a country, such as `US`"))
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, time::Duration};

    use super::*;

    #[test]
    fn proxies_are_networks_or_addresses() {
        let proxies = trusted_proxies("10.0.0.0/8, 192.0.2.7,2001:db8::/32").expect("three");

        for (address, trusted) in
            [("10.1.2.3", true), ("192.0.2.7", true), ("192.0.2.8", false), ("2001:db8::1", true)]
        {
            assert_eq!(proxies.trusts(address.parse().expect(address)), trusted, "{address}");
        }
        for text in ["10.0.0.0/33", "10.0.0/8", "proxy.example", "10.0.0.0/8,,::1"] {
            assert!(trusted_proxies(text).is_err(), "{text}");
        }
    }

    #[test]
    fn origins_are_all_or_listed() {
        assert_eq!(cors_origins("*"), Ok(CorsOrigins::Any));
        let listed = cors_origins("https://www.agency.example, http://localhost:3000");
        assert!(matches!(listed, Ok(CorsOrigins::Only(list)) if list.len() == 2));
        for text in ["www.agency.example", "*, https://www.agency.example", "null"] {
            assert!(cors_origins(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_public_rate_is_a_number_per_unit() {
        let count = NonZeroU32::new(60).expect("more than 0");
        let period = Duration::from_mins(1);

        assert_eq!(public_rate("60/m"), Ok(Rate::Per { count, period }));
        assert_eq!(public_rate("off"), Ok(Rate::Off));
        for text in ["60", "0/m", "60/", "60/d", "-1/m", "1.5/s", "/m"] {
            assert!(public_rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_region_is_a_country_with_phones() {
        assert!(region("US").is_ok());
        for text in ["USA", "U", "1", "U S"] {
            assert!(region(text).is_err(), "{text}");
        }
    }
}

//! `postgres://…` as operators write it: what the driver understands, and what we add.

use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::tls::Trust;
use crate::error::StoreError;

/// How long a connection may be silent before the system asks whether anybody is there, and how
/// long it then waits for an answer.
const SILENCE: Duration = Duration::from_secs(30);

/// A connection URL, taken apart.
pub(super) struct ConnectionUrl {
    pub(super) config: Config,
    pub(super) trust: Trust,
    pub(super) through_pgbouncer: bool,
}

impl ConnectionUrl {
    /// The driver knows neither `pgbouncer=on` nor `sslmode=verify-full` with its `sslrootcert`.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let (server, parameters) = url.split_once('?').unwrap_or((url, ""));
        let (mut through_pgbouncer, mut verify, mut roots) = (false, false, None);
        let mut passed_on = Vec::new();
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=').unwrap_or((parameter, "")) {
                ("pgbouncer", value) => through_pgbouncer = switch(value)?,
                ("sslmode", "verify-full") => verify = true,
                ("sslmode", "allow" | "verify-ca") => return Err(refused(SSL_MODE)),
                ("sslrootcert", "system") => {}
                ("sslrootcert", path) => roots = Some(PathBuf::from(path)),
                _ => passed_on.push(parameter),
            }
        }
        let mut config: Config = format!("{server}?{}", passed_on.join("&"))
            .parse()
            .map_err(|_unreadable: tokio_postgres::Error| refused(SHAPE))?;
        if verify {
            config.ssl_mode(SslMode::Require);
        }
        if roots.is_some() && !verify {
            return Err(refused(SSL_MODE));
        }
        configure(&mut config);
        let trust = if verify { Trust::Verified { roots } } else { Trust::Unverified };
        Ok(Self { config, trust, through_pgbouncer })
    }
}

/// What stands in the URL is kept.
fn configure(config: &mut Config) {
    if config.get_application_name().is_none() {
        config.application_name("doorstep");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(5));
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    config.keepalives_idle(SILENCE).keepalives_interval(SILENCE / 6).keepalives_retries(3);
}

fn switch(value: &str) -> Result<bool, StoreError> {
    match value {
        "on" | "true" => Ok(true),
        "off" | "false" => Ok(false),
        _ => Err(refused("pgbouncer is `on` or `off`")),
    }
}

/// The driver's own words may hold a part of the password.
const SHAPE: &str = "it reads `postgres://USER:PASSWORD@HOST:PORT/NAME?PARAMETER=VALUE`, with special \
                     characters of the password as `%` and two hexadecimal digits";

const SSL_MODE: &str =
    "sslmode is `disable`, `prefer`, `require` or `verify-full`, which alone takes `sslrootcert`";

fn refused(why: &str) -> StoreError {
    StoreError::Unavailable(format!("the connection URL is not usable: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> ConnectionUrl {
        ConnectionUrl::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    #[test]
    fn a_plain_url_is_the_drivers() {
        let url = parse(
            "postgres://ada:secret@a.example,b.example:5433/x?target_session_attrs=read-write",
        );

        assert_eq!(url.config.get_hosts().len(), 2);
        assert_eq!(url.config.get_dbname(), Some("x"));
        assert_eq!(url.config.get_ssl_mode(), SslMode::Prefer);
        assert_eq!(url.trust, Trust::Unverified);
        assert!(!url.through_pgbouncer);
    }

    #[test]
    fn our_own_parameters_are_taken_out() {
        let url = parse("postgres://db.example/x?pgbouncer=on&connect_timeout=3");

        assert!(url.through_pgbouncer);
        assert_eq!(url.config.get_connect_timeout(), Some(&Duration::from_secs(3)));
    }

    #[test]
    fn each_mode_of_tls_means_what_it_does_elsewhere() {
        for (mode, expected) in [
            ("disable", SslMode::Disable),
            ("prefer", SslMode::Prefer),
            ("require", SslMode::Require),
        ] {
            let url = parse(&format!("postgres://db.example/x?sslmode={mode}"));
            assert_eq!((url.config.get_ssl_mode(), url.trust), (expected, Trust::Unverified));
        }
        let url = parse("postgres://db.example/x?sslmode=verify-full&sslrootcert=/etc/ca.pem");
        assert_eq!(url.config.get_ssl_mode(), SslMode::Require);
        assert_eq!(url.trust, Trust::Verified { roots: Some(PathBuf::from("/etc/ca.pem")) });
    }

    #[test]
    fn what_is_not_understood_is_refused_without_its_password() {
        for parameters in [
            "sslmode=verify-ca",
            "sslmode=allow",
            "sslrootcert=ca.pem",
            "pgbouncer=yes",
            "a=b",
            "ter2@db.example/hunter2",
        ] {
            let url = format!("postgres://ada:hunter2@db.example/x?{parameters}");
            let Err(error) = ConnectionUrl::parse(&url) else { panic!("{parameters}") };
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}

//! `postgres://…` as operators write it: what the driver understands, and what we add.

use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::tls::Trust;
use crate::error::StoreError;

/// How long a connection may be silent before the system asks whether anybody is there, and how
/// long it then waits for an answer.
const SILENCE: Duration = Duration::from_secs(10);

/// A connection URL, taken apart.
pub(super) struct ConnectionUrl {
    pub(super) config: Config,
    pub(super) trust: Trust,
    pub(super) through_pgbouncer: bool,
    /// How the server itself is reached, which is the same unless a pooler stands in between:
    /// for migrations, and for listening. `None` when only the pooler is known.
    pub(super) direct: Option<Config>,
}

impl ConnectionUrl {
    /// The driver knows neither `pgbouncer=on` with its `direct=HOST:PORT` nor
    /// `sslmode=verify-full` with its `sslrootcert`.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let (server, parameters) = url.split_once('?').unwrap_or((url, ""));
        let (mut through_pgbouncer, mut verify, mut roots) = (false, false, None);
        let (mut direct, mut passed_on) = (None, Vec::new());
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=').unwrap_or((parameter, "")) {
                ("pgbouncer", value) => through_pgbouncer = switch(value)?,
                ("direct", hosts) => direct = Some(hosts),
                ("sslmode", "verify-full") => verify = true,
                ("sslmode", "allow" | "verify-ca") => return Err(refused(SSL_MODE)),
                ("sslrootcert", "system") => {}
                ("sslrootcert", path) => roots = Some(PathBuf::from(path)),
                _ => passed_on.push(parameter),
            }
        }
        if roots.is_some() && !verify {
            return Err(refused(SSL_MODE));
        }
        if direct.is_some() && !through_pgbouncer {
            return Err(refused(DIRECT));
        }
        let reached_by = |server: &str| read(server, &passed_on.join("&"), verify);
        let config = reached_by(server)?;
        let direct = match direct {
            Some(hosts) => Some(reached_by(&at(server, hosts)?)?),
            None => (!through_pgbouncer).then(|| config.clone()),
        };
        let trust = if verify { Trust::Verified { roots } } else { Trust::Unverified };
        Ok(Self { config, trust, through_pgbouncer, direct })
    }
}

fn read(server: &str, parameters: &str, verify: bool) -> Result<Config, StoreError> {
    let mut config: Config = format!("{server}?{parameters}")
        .parse()
        .map_err(|_unreadable: tokio_postgres::Error| refused(SHAPE))?;
    if verify {
        config.ssl_mode(SslMode::Require);
    }
    configure(&mut config);
    Ok(config)
}

/// The same user, password and database at other hosts.
fn at(server: &str, hosts: &str) -> Result<String, StoreError> {
    let (scheme, rest) = server.split_once("://").ok_or_else(|| refused(SHAPE))?;
    let (user, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    let (_, database) = place.split_once('/').ok_or_else(|| refused(SHAPE))?;
    if hosts.is_empty() || hosts.contains(['/', '@']) {
        return Err(refused(DIRECT));
    }
    let at = if user.is_empty() { "" } else { "@" };
    Ok(format!("{scheme}://{user}{at}{hosts}/{database}"))
}

/// What stands in the URL is kept.
fn configure(config: &mut Config) {
    if config.get_application_name().is_none() {
        config.application_name("doorstep");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(3));
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

const DIRECT: &str = "`direct=HOST:PORT` goes with `pgbouncer=on` and names the server behind it";

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
        assert!(url.direct.is_none(), "nobody listens through a pooler");
        assert_eq!(url.config.get_connect_timeout(), Some(&Duration::from_secs(3)));
    }

    #[test]
    fn the_server_behind_a_pooler_is_reached_as_the_same_user() {
        let url = parse(
            "postgres://ada:secret@pooler.example:6432/x?pgbouncer=on&direct=%2Frun%2Fpg:5433,b:5434",
        );

        let direct = url.direct.expect("it is named");
        assert_eq!(direct.get_hosts().len(), 2);
        assert_eq!(direct.get_ports(), [5433, 5434]);
        assert_eq!((direct.get_user(), direct.get_dbname()), (Some("ada"), Some("x")));
        assert_eq!(url.config.get_ports(), [6432]);
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
            "direct=db.example",
            "pgbouncer=on&direct=",
            "pgbouncer=on&direct=ada:hunter2@db.example",
            "a=b",
            "ter2@db.example/hunter2",
        ] {
            let url = format!("postgres://ada:hunter2@db.example/x?{parameters}");
            let Err(error) = ConnectionUrl::parse(&url) else { panic!("{parameters}") };
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}

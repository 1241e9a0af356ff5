//! Where the server listens.

use std::net::{IpAddr, SocketAddr};

use super::{DOORSTEP_LISTEN, PORT, fault::Expected, settings::Settings, values};

/// Where the server listens.
#[derive(Debug)]
pub(crate) struct ListenConfig {
    /// Port 0 leaves the choice to the system.
    pub(crate) address: SocketAddr,
}

impl ListenConfig {
    pub(super) fn read(settings: &mut Settings) -> Self {
        let port = settings.value(&PORT, port);
        let fallback = format!("127.0.0.1:{port}");
        Self { address: settings.value_or(&DOORSTEP_LISTEN, &fallback, address) }
    }

    /// How this machine reaches the server: what `DOORSTEP_PUBLIC_URL` is when nobody set it.
    pub(super) fn local_url(&self) -> String {
        let port = self.address.port();
        match self.address.ip() {
            any if any.is_unspecified() => format!("http://localhost:{port}"),
            IpAddr::V4(ip) => format!("http://{ip}:{port}"),
            IpAddr::V6(ip) => format!("http://[{ip}]:{port}"),
        }
    }
}

fn port(text: &str) -> Result<u16, Expected> {
    values::number(text, 0, u32::from(u16::MAX))
        .and_then(|number| u16::try_from(number).ok())
        .ok_or(Expected("a port from 0 to 65535"))
}

fn address(text: &str) -> Result<SocketAddr, Expected> {
    text.parse().map_err(|_refused| {
        Expected("an IP address and port, such as `127.0.0.1:8080` or `[::1]:8080`")
    })
}

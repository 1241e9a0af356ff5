//! The sandbox of the providers, alone on its own port.

use jiff::Timestamp;
use sandbox::{Options, Sandbox, SandboxClock};
use tokio::net::TcpListener;

use crate::Failure;
use crate::config::Config;
use crate::output::Output;
use crate::serve::stop_signal;

/// Serves the sandbox until it is told to stop. Its state is in memory only.
pub(crate) async fn run(config: Config) -> Result<(), Failure> {
    let listener = TcpListener::bind(config.listen.address).await?;
    let base = format!("http://{}", listener.local_addr()?);
    let relay = TcpListener::bind((config.listen.address.ip(), 0)).await?;
    let options = Options { public_base: base.clone(), ..Options::new(clock()) };
    let sandbox = Sandbox::open(options).await?;
    let output = Output { json: false };
    output.line(&format!("sandbox   {base}/_sandbox/"))?;
    output.line(&format!("smtp      {}", relay.local_addr()?))?;
    let stop = stop_signal();
    let (mailbox, stopped) = (sandbox.clone(), stop.clone());
    tokio::spawn(async move { mailbox.serve_smtp(relay, stopped).await });
    sandbox::serve(listener, sandbox.router(), stop).await;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the sandbox alone has the machine's clock")]
fn clock() -> SandboxClock {
    SandboxClock::new(Timestamp::now)
}

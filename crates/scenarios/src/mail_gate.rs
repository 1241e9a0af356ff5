//! A gate in front of the mail sink: hands SMTP on line by line, and holds what it is told to.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::gate::{Gates, Side};

/// Serves until `stop`. The steps are called `SMTP MAIL`, `SMTP RCPT` and `SMTP DATA`, the last
/// being the content as a whole.
pub(crate) async fn serve(
    listener: TcpListener,
    sink: SocketAddr,
    gates: Gates,
    stop: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        let Ok((client, _)) = accepted else { return };
        let gates = gates.clone();
        tokio::spawn(async move {
            // An end of either side is the end of the talk, and nothing to report.
            let _ = Talk::begin(client, sink, gates).await;
        });
    }
}

struct Talk {
    gates: Gates,
    from_client: BufReader<OwnedReadHalf>,
    to_client: OwnedWriteHalf,
    from_sink: BufReader<OwnedReadHalf>,
    to_sink: OwnedWriteHalf,
}

impl Talk {
    async fn begin(client: TcpStream, sink: SocketAddr, gates: Gates) -> std::io::Result<()> {
        let (from_client, to_client) = client.into_split();
        let (from_sink, to_sink) = TcpStream::connect(sink).await?.into_split();
        let (from_client, from_sink) = (BufReader::new(from_client), BufReader::new(from_sink));
        let mut talk = Self { gates, from_client, to_client, from_sink, to_sink };
        talk.answer().await?;
        loop {
            let line = read_line(&mut talk.from_client).await?;
            let verb = line.get(..4).map(str::to_ascii_uppercase).unwrap_or_default();
            let step = matches!(verb.as_str(), "MAIL" | "RCPT").then(|| format!("SMTP {verb}"));
            let reply = talk.pass(step.as_deref(), &line).await?;
            if verb == "DATA" && reply.starts_with("354") {
                let content = talk.content().await?;
                talk.pass(Some("SMTP DATA"), &content).await?;
            }
        }
    }

    /// Hands one step on and its reply back.
    async fn pass(&mut self, step: Option<&str>, text: &str) -> std::io::Result<String> {
        let hold = step.and_then(|step| self.gates.arrives(step));
        if let Some((Side::Before, held)) = &hold {
            held.stands_here().await;
        }
        self.to_sink.write_all(text.as_bytes()).await?;
        let reply = self.reply().await?;
        if let Some((Side::After, held)) = &hold {
            held.stands_here().await;
        }
        self.to_client.write_all(reply.as_bytes()).await?;
        Ok(reply)
    }

    async fn answer(&mut self) -> std::io::Result<()> {
        let reply = self.reply().await?;
        self.to_client.write_all(reply.as_bytes()).await
    }

    async fn reply(&mut self) -> std::io::Result<String> {
        let mut reply = String::new();
        loop {
            let line = read_line(&mut self.from_sink).await?;
            reply.push_str(&line);
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(reply);
            }
        }
    }

    async fn content(&mut self) -> std::io::Result<String> {
        let mut content = String::new();
        loop {
            let line = read_line(&mut self.from_client).await?;
            content.push_str(&line);
            if line == ".\r\n" {
                return Ok(content);
            }
        }
    }
}

async fn read_line(from: &mut BufReader<OwnedReadHalf>) -> std::io::Result<String> {
    let mut line = String::new();
    match from.read_line(&mut line).await? {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(line),
    }
}

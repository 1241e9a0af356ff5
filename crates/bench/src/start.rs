//! How soon the server answers, how much memory it holds, and how large it is.

use jiff::SignedDuration;

use crate::load::{Until, load, post};
use crate::machine::resident_memory;
use crate::process::{Server, Site, beside_us};
use crate::report::{Aim, Line};
use crate::rounds::median;
use crate::seed::{many_hosts, midnight, seed, short_booking, short_slot, today};
use crate::{Effort, Failure};

/// Starts per round: one alone is mostly noise.
const STARTS: usize = 5;
/// Bookings in the database that is started on.
const BOOKINGS: u64 = 1_000;
/// Clients of the load.
const CLIENTS: u64 = 64;

pub(crate) async fn measure(effort: Effort) -> Result<Vec<Line>, Failure> {
    let (site, today) = (Site::new()?, today());
    let starts: Vec<_> =
        (0..BOOKINGS).map(|number| short_slot(today, number * crate::seed::HOSTS).1).collect();
    let made_at = midnight(today) - SignedDuration::from_hours(24);
    seed(&site, &many_hosts(|_| String::new()), "short-0", &starts, made_at).await?;

    let mut times = Vec::new();
    for _ in 0..STARTS * effort.rounds {
        times.push(site.serve().await?.started_in.as_secs_f64() * 1e3);
    }
    let server = site.serve().await?;
    let idle = megabytes(&server)?;
    let next = BOOKINGS * crate::seed::HOSTS;
    let request = move |number| post("/v1/bookings", &short_booking(today, next + number));
    let turn = effort.turn * u32::try_from(effort.rounds)?;
    load(server.address, CLIENTS, Until::Over(turn), request).await?.all(201)?;
    let loaded = megabytes(&server)?;
    #[expect(clippy::cast_precision_loss, reason = "the binary is smaller than 2^52 bytes")]
    let size = std::fs::metadata(beside_us("doorstep")?)?.len() as f64 / 1e6;
    Ok(vec![
        Line::quantity("start to first answer", median(&times), "ms").aims(Aim::Below(60.0)),
        Line::quantity("memory, idle", idle, "MB").aims(Aim::Below(40.0)),
        Line::quantity("memory, after booking with 64 clients", loaded, "MB"),
        Line::quantity("binary", size, "MB"),
    ])
}

fn megabytes(server: &Server) -> Result<f64, Failure> {
    let bytes = resident_memory(server.process()).ok_or("the server has ended")?;
    #[expect(clippy::cast_precision_loss, reason = "no machine here has 2^52 bytes")]
    Ok(bytes as f64 / 1e6)
}

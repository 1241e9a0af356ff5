//! How often one address may call without a key. Per instance: it protects this process, it does
//! not bill anyone.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::client_address::Client;
use super::problem::Problem;

/// Nobody means more, and the time between two calls must not round to nothing.
const MAX_COUNT: u32 = 1_000_000;

/// After so many calls the addresses that have their whole allowance back are forgotten.
const SWEEP_EVERY: u32 = 1024;

/// A rate such as `60/m` (`DOORSTEP_PUBLIC_RATE`): that many at once, refilled evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// No limit.
    Off,
    /// So many in each period.
    Per {
        /// How many.
        count: NonZeroU32,
        /// A second, a minute or an hour.
        period: Duration,
    },
}

/// A text that is not a rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a rate is written 10/s, 60/m, 1000/h or off")]
pub struct NotARate;

impl FromStr for Rate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Self, NotARate> {
        if text.trim() == "off" {
            return Ok(Self::Off);
        }
        let (count, unit) = text.trim().split_once('/').ok_or(NotARate)?;
        let count = count.parse().ok().filter(|count| *count <= MAX_COUNT);
        let count = count.and_then(NonZeroU32::new).ok_or(NotARate)?;
        let period = match unit {
            "s" => Duration::from_secs(1),
            "m" => Duration::from_mins(1),
            "h" => Duration::from_hours(1),
            _ => return Err(NotARate),
        };
        Ok(Self::Per { count, period })
    }
}

/// Marks a request as exempt: one with a valid key. Put into its extensions by the layer that
/// checks keys, which stands outside [`limited`].
#[derive(Debug, Clone, Copy)]
pub struct Exempt;

type Allowances<C> =
    RateLimiter<IpAddr, DashMapStateStore<IpAddr>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// The allowances of all addresses.
#[derive(Debug)]
pub struct RateLimit<C: Clock = MonotonicClock> {
    allowances: Option<Allowances<C>>,
    clock: C,
    calls: AtomicU32,
}

impl RateLimit {
    /// Everybody's allowance is full at the start.
    pub fn new(rate: Rate) -> Self {
        Self::with_clock(rate, MonotonicClock)
    }
}

impl<C: Clock + Clone> RateLimit<C> {
    fn with_clock(rate: Rate, clock: C) -> Self {
        let quota = match rate {
            Rate::Off => None,
            Rate::Per { count, period } => {
                Quota::with_period(period / count.get()).map(|quota| quota.allow_burst(count))
            }
        };
        let allowances = quota.map(|quota| RateLimiter::dashmap_with_clock(quota, clock.clone()));
        Self { allowances, clock, calls: AtomicU32::new(0) }
    }

    /// Takes one call from the address's allowance, or answers how long to wait for the next.
    pub fn check(&self, address: IpAddr) -> Result<(), Problem> {
        let Some(allowances) = &self.allowances else { return Ok(()) };
        if self.calls.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            allowances.retain_recent();
        }
        allowances
            .check_key(&household(address))
            .map_err(|refused| Problem::too_many_requests(refused.wait_time_from(self.clock.now())))
    }
}

/// The layer for calls that need no key.
pub async fn limited(
    State(limit): State<Arc<RateLimit>>,
    client: Client,
    request: Request,
    next: Next,
) -> Response {
    if request.extensions().get::<Exempt>().is_none()
        && let Err(problem) = limit.check(client.address)
    {
        return problem.into_response();
    }
    next.run(request).await
}

/// Whoever has one IPv6 address has the 2^64 around it, so they share an allowance.
fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a literal that does not parse fails the test")]

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn limit(rate: &str) -> (RateLimit<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (RateLimit::with_clock(rate.parse().unwrap(), clock.clone()), clock)
    }

    fn allowed(limit: &RateLimit<FakeRelativeClock>, address: &str, calls: usize) -> usize {
        let address = address.parse().unwrap();
        (0..calls).filter(|_| limit.check(address).is_ok()).count()
    }

    #[test]
    fn rates_are_read() {
        let minute = Duration::from_mins(1);
        let sixty = Rate::Per { count: NonZeroU32::new(60).unwrap(), period: minute };

        assert_eq!("60/m".parse(), Ok(sixty));
        assert_eq!(" off ".parse(), Ok(Rate::Off));
        for text in ["", "60", "0/m", "-1/m", "60/d", "60 / m", "1.5/s", "1000001/s", "Off"] {
            assert_eq!(text.parse::<Rate>(), Err(NotARate), "{text}");
        }
    }

    #[test]
    fn an_address_gets_its_allowance_and_then_a_refill() {
        let (limit, clock) = limit("60/m");

        assert_eq!(allowed(&limit, "198.51.100.7", 100), 60);
        assert_eq!(allowed(&limit, "198.51.100.8", 1), 1);
        clock.advance(Duration::from_secs(2));
        assert_eq!(allowed(&limit, "198.51.100.7", 100), 2);
    }

    #[test]
    fn neighbours_in_one_ipv6_network_share() {
        let (limit, _) = limit("2/h");

        assert_eq!(allowed(&limit, "2001:db8:0:1::1", 2), 2);
        assert_eq!(allowed(&limit, "2001:db8:0:1:ffff::9", 1), 0);
        assert_eq!(allowed(&limit, "2001:db8:0:2::1", 1), 1);
    }

    #[test]
    fn off_lets_everyone_pass() {
        let (limit, _) = limit("off");

        assert_eq!(allowed(&limit, "198.51.100.7", 5000), 5000);
    }

    #[test]
    fn addresses_with_a_full_allowance_are_forgotten() {
        let (limit, clock) = limit("1/s");
        for host in 0..255_u8 {
            limit.check(IpAddr::from([198, 51, 100, host])).unwrap();
        }
        clock.advance(Duration::from_secs(5));

        allowed(&limit, "203.0.113.1", SWEEP_EVERY as usize);

        assert!(limit.allowances.unwrap().len() <= 1);
    }
}

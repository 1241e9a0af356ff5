//! `link`.

use app::service_link::Pass;
use domain::ServiceId;
use jiff::SignedDuration;
use serde_json::json;

use super::open;
use crate::Failure;
use crate::config::Config;
use crate::output::Output;

pub(crate) async fn link(
    config: Config,
    service: &ServiceId,
    life: SignedDuration,
    output: Output,
) -> Result<(), Failure> {
    let app = open(config).await?;
    if app.find_service(service.as_str(), &Pass::Trusted).await?.is_none() {
        return Err(format!("there is no service {service}").into());
    }
    let link = app.sign_link(service, life);
    let value = json!({ "url": link.url, "expires_at": link.expires_at.to_string() });
    output.either(&value, || format!("{}\n", link.url))
}

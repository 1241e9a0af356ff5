//! `preview`.

use app::notification::PREVIEWS;
use domain::{Language, ServiceId};
use serde_json::json;

use super::open;
use crate::Failure;
use crate::config::Config;
use crate::output::Output;

/// What is asked for.
pub(crate) struct Wanted {
    pub(crate) service: ServiceId,
    pub(crate) news: String,
    pub(crate) language: String,
    pub(crate) html: bool,
}

pub(crate) async fn preview(config: Config, wanted: Wanted, output: Output) -> Result<(), Failure> {
    let language = Language::of_tag(&wanted.language);
    let language =
        language.ok_or_else(|| format!("{} is not en, es, de or fr", wanted.language))?;
    let app = open(config).await?;
    let preview = app.preview(&wanted.service, &wanted.news, language).ok_or_else(|| {
        let known = PREVIEWS.join(", ");
        format!(
            "there is no service {} or no news {}; known are {known}",
            wanted.service, wanted.news
        )
    })?;
    if wanted.html {
        return output.line(&preview.html);
    }
    let value = json!({
        "subject": preview.subject,
        "plain": preview.plain,
        "html": preview.html,
        "sms": preview.sms,
    });
    output.either(&value, || {
        format!("Subject: {}\n\n{}\n\n----\n{}\n", preview.subject, preview.plain, preview.sms)
    })
}

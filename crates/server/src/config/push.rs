//! Whether providers push changes to us.

use super::{DOORSTEP_PUSH, fault::Expected, settings::Settings, urls::PublicUrl};

/// Whether providers push changes to us; polling goes on in any case.
#[derive(Debug)]
pub(crate) struct PushConfig {
    pub(crate) enabled: bool,
}

#[derive(Clone, Copy)]
enum Wish {
    Auto,
    On,
    Off,
}

impl PushConfig {
    pub(super) fn read(settings: &mut Settings, public_url: &PublicUrl) -> Self {
        let enabled = match settings.value(&DOORSTEP_PUSH, wish) {
            Wish::Auto => public_url.is_https(),
            Wish::On => true,
            Wish::Off => false,
        };
        Self { enabled }
    }
}

fn wish(text: &str) -> Result<Wish, Expected> {
    match text {
        "auto" => Ok(Wish::Auto),
        "on" => Ok(Wish::On),
        "off" => Ok(Wish::Off),
        _ => Err(Expected("`auto`, `on` or `off`")),
    }
}

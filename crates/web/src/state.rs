//! What the handlers of the API, the hooks and the callbacks have at hand.

use std::sync::Arc;

use app::App;
use axum::extract::FromRef;

use crate::api::SlotTexts;
use crate::http::rate_limit::RateLimit;
use crate::metrics::Counters;

/// Cheap to clone; all clones share.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) app: App,
    /// The allowances of callers without a key.
    pub(crate) public: Arc<RateLimit>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) slot_texts: Arc<SlotTexts>,
    /// Whether browsers reach us by https, so that cookies can be kept to it.
    pub(crate) secure: bool,
}

impl FromRef<Web> for App {
    fn from_ref(web: &Web) -> Self {
        web.app.clone()
    }
}

//! One instance of Doorstep that can die as a process does.

use app::App;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// An app on a runtime of its own. Dropping it is `kill -9`: whatever its tasks were about to do
/// next, they never do.
pub(crate) struct Process {
    app: Option<App>,
    runtime: Option<Runtime>,
}

impl Process {
    /// Starts an instance by whatever opens its app.
    pub(crate) async fn start(opening: impl Future<Output = App> + Send + 'static) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime can be made");
        let app = runtime.spawn(opening).await.expect("the app opens");
        Self { app: Some(app), runtime: Some(runtime) }
    }

    pub(crate) fn app(&self) -> &App {
        self.app.as_ref().expect("it lives until it is dropped")
    }

    /// Runs something inside the instance; it dies with it.
    pub(crate) fn spawn<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.runtime.as_ref().expect("it lives until it is dropped").spawn(work)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.app.take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

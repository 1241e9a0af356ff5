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
        self.runtime().spawn(work)
    }

    /// Has the instance do something while the calling thread stands still.
    pub(crate) fn awaits<F>(&self, work: F) -> F::Output
    where
        F: Future<Output: Send> + Send + 'static,
    {
        // A thread that drives a runtime may not wait for another.
        let handle = self.runtime().handle().clone();
        let waiting = std::thread::spawn(move || handle.block_on(work));
        waiting.join().expect("the work does not panic")
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("it lives until it is dropped")
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

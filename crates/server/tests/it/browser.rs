//! The pages in a real browser: headless Chromium, driven over `WebDriver`.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};
use thirtyfour::Key;
use thirtyfour::prelude::*;

use crate::process::Doorstep;

/// A `chromedriver` of one test, stopped when dropped.
struct Driver {
    child: Child,
    address: String,
    _home: TempDir,
}

impl Driver {
    fn start() -> Self {
        let program = program("DOORSTEP_TEST_CHROMEDRIVER", "/usr/bin/chromedriver");
        let home = tempdir().unwrap();
        let mut child = Command::new(&program)
            .args(["--port=0", "--allowed-ips=127.0.0.1"])
            .env("HOME", home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{} ({error}); `cargo xtask test` installs it", program.display())
            });
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let started = lines.map(Result::unwrap).find(|line| line.contains("successfully on port"));
        let line = started.expect("chromedriver says on which port it is");
        let port = line.trim_end_matches('.').rsplit(' ').next().unwrap();
        Self { child, address: format!("http://127.0.0.1:{port}"), _home: home }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "`cargo xtask test` says where the browser is")]
fn program(variable: &str, usual: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| PathBuf::from(usual), PathBuf::from)
}

/// A browser window; `script` off is a visitor whose browser runs none.
async fn browser(driver: &Driver, (width, height): (u32, u32), script: bool) -> WebDriver {
    let mut options = DesiredCapabilities::chrome();
    let binary = program("DOORSTEP_TEST_CHROMIUM", "/usr/bin/chromium");
    options.set_binary(binary.to_str().unwrap()).unwrap();
    let window = format!("--window-size={width},{height}");
    let arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        window.as_str(),
    ];
    for argument in arguments {
        options.add_arg(argument).unwrap();
    }
    if !script {
        let off = json!({ "profile.managed_default_content_settings.javascript": 2 });
        options.add_experimental_option("prefs", off).unwrap();
    }
    WebDriver::new(&driver.address, options).await.unwrap()
}

/// Fills in the form that the chosen slot leads to, and sends it.
async fn fill_in(page: &WebDriver, name: &str) {
    page.query(By::Id("name")).first().await.unwrap().send_keys(name).await.unwrap();
    page.find(By::Id("email")).await.unwrap().send_keys("ana@example.com").await.unwrap();
    page.find(By::Id("phone")).await.unwrap().send_keys("(213) 555-0124").await.unwrap();
    page.find(By::Css("#details button[type=submit]")).await.unwrap().click().await.unwrap();
}

async fn status(page: &WebDriver) -> String {
    let standing = page.query(By::Css("#standing[data-status]")).first().await.unwrap();
    standing.attr("data-status").await.unwrap().unwrap()
}

async fn events(demo: &Doorstep) -> usize {
    let events = demo.json("/_sandbox/google/events?calendar=jane@agency.example").await;
    let events = events["items"].as_array().or(events.as_array()).cloned().unwrap_or_default();
    let ours = |event: &&Value| {
        event["status"] != "cancelled"
            && event["extendedProperties"]["private"]["doorstep_booking"].is_string()
    };
    events.iter().filter(ours).count()
}

#[tokio::test]
async fn somebody_books_on_a_phone_and_cancels_there() {
    let folder = tempdir().unwrap();
    let demo = Doorstep::demo(folder.path());
    let driver = Driver::start();
    let page = browser(&driver, (390, 844), true).await;

    page.goto(format!("{}/book/123-main-st", demo.base)).await.unwrap();
    page.query(By::Css("a.day.free")).first().await.unwrap().click().await.unwrap();
    page.query(By::Css("a.slot")).first().await.unwrap().click().await.unwrap();
    fill_in(&page, "Ana Phone").await;

    assert_eq!(status(&page).await, "confirmed");
    assert_eq!(events(&demo).await, 1);
    let wide = "return document.documentElement.scrollWidth > window.innerWidth";
    let sideways = page.execute(wide, Vec::new()).await.unwrap();
    assert_eq!(sideways.json(), &json!(false), "nothing has to be scrolled sideways");

    let cancel = page.find(By::Css("form[action$='/cancel']")).await.unwrap();
    let details = page.find(By::Css("details:has(form[action$='/cancel']) > summary")).await;
    if let Ok(summary) = details {
        summary.click().await.unwrap();
    }
    cancel.find(By::Css("button[type=submit]")).await.unwrap().click().await.unwrap();
    page.query(By::Css("#standing[data-status=cancelled]")).first().await.unwrap();
    page.quit().await.unwrap();
    demo.stop();
}

#[tokio::test]
async fn somebody_books_with_the_keyboard_alone() {
    let folder = tempdir().unwrap();
    let demo = Doorstep::demo(folder.path());
    let driver = Driver::start();
    let page = browser(&driver, (1280, 900), true).await;

    page.goto(format!("{}/book/123-main-st", demo.base)).await.unwrap();
    tab_to(&page, "a.day.free").await;
    press(&page, Key::Enter).await;
    page.query(By::Css("a.slot")).first().await.unwrap();
    tab_to(&page, "a.slot").await;
    press(&page, Key::Enter).await;
    page.query(By::Id("name")).first().await.unwrap();
    for (field, text) in [("#name", "Ana Keys"), ("#email", "ana@example.com")] {
        tab_to(&page, field).await;
        page.active_element().await.unwrap().send_keys(text).await.unwrap();
    }
    press(&page, Key::Enter).await;

    assert_eq!(status(&page).await, "confirmed");
    assert_eq!(events(&demo).await, 1);
    page.quit().await.unwrap();
    demo.stop();
}

async fn press(page: &WebDriver, key: Key) {
    page.active_element().await.unwrap().send_keys(key + "").await.unwrap();
}

/// Presses Tab until what has the focus is what is looked for: it must be reachable.
async fn tab_to(page: &WebDriver, css: &str) {
    let matches = format!("return document.activeElement.matches('{css}')");
    for _ in 0..80 {
        let there = page.execute(matches.as_str(), Vec::new()).await.unwrap();
        if there.json() == &json!(true) {
            return;
        }
        press(page, Key::Tab).await;
    }
    panic!("{css} cannot be reached with the keyboard");
}

#[tokio::test]
async fn somebody_books_without_any_script() {
    let folder = tempdir().unwrap();
    let demo = Doorstep::demo(folder.path());
    let driver = Driver::start();
    let page = browser(&driver, (390, 844), false).await;

    page.goto(format!("{}/book/123-main-st", demo.base)).await.unwrap();
    page.query(By::Css("a.day.free")).first().await.unwrap().click().await.unwrap();
    page.query(By::Css("a.slot")).first().await.unwrap().click().await.unwrap();
    fill_in(&page, "Ana Noscript").await;

    assert_eq!(status(&page).await, "confirmed");
    assert_eq!(events(&demo).await, 1);
    page.quit().await.unwrap();
    demo.stop();
}

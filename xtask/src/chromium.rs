//! The browser that tests drive: the system's Chromium or Chrome, its WebDriver, and a font with Korean in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Failure, Outcome};

/// The browser and its driver.
pub struct Chromium {
    pub browser: PathBuf,
    pub driver: PathBuf,
}

/// Finds them (`$CHROME`, `$CHROMEDRIVER`, then PATH), or installs Debian's as root.
pub fn find() -> Outcome<Chromium> {
    let font = korean_font();
    if let (Some(browser), Some(driver), true) = (browser(), driver(), font) {
        return Ok(Chromium { browser, driver });
    }
    if shell::apt() {
        let packages = ["chromium", "chromium-driver", "fonts-noto-cjk"];
        shell::apt_install("Chromium, its driver, a Korean font", &packages)?;
    } else if !font {
        println!("  no font with Korean found: screenshots will show boxes (Debian: fonts-noto-cjk)");
    }
    match (browser(), driver()) {
        (Some(browser), Some(driver)) => Ok(Chromium { browser, driver }),
        (None, _) => {
            Err(Failure("Chromium or Chrome is needed for the browser tests: install it or set CHROME to it".into()))
        }
        (_, None) => {
            Err(Failure("chromedriver of the browser's version is needed: install it or set CHROMEDRIVER to it".into()))
        }
    }
}

fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("CHROME").map(PathBuf::from).filter(|file| file.is_file());
    let on_path =
        || ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].into_iter().find_map(shell::which);
    let on_a_mac = || {
        [
            "/Applications/Chromium.app/Contents/MacOS/Chromium",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        ]
        .into_iter()
        .map(PathBuf::from)
        .find(|file| file.is_file())
    };
    named.or_else(on_path).or_else(on_a_mac)
}

fn driver() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMEDRIVER").map(PathBuf::from).filter(|file| file.is_file());
    // GitHub's runners name the folder only.
    let in_folder =
        || Some(Path::new(&std::env::var_os("CHROMEWEBDRIVER")?).join("chromedriver")).filter(|file| file.is_file());
    named.or_else(in_folder).or_else(|| shell::which("chromedriver"))
}

/// Only Linux can lack one; without `fc-list` nobody can say.
fn korean_font() -> bool {
    !cfg!(target_os = "linux")
        || shell::output(Command::new("fc-list").arg(":lang=ko")).is_none_or(|fonts| !fonts.is_empty())
}

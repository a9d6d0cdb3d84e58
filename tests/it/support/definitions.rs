//! Definitions that a test may change.

use std::path::{Path, PathBuf};

use super::services;

/// A copy of the definitions that may be changed.
pub fn copy(name: &str) -> PathBuf {
    fn walk(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).expect("a folder");
        for entry in std::fs::read_dir(from).expect("a folder").flatten() {
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                walk(&entry.path(), &target);
            } else {
                std::fs::copy(entry.path(), target).expect("copied");
            }
        }
    }
    let folder = std::env::temp_dir().join(format!("guichet-definitions-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    walk(&services(), &folder);
    folder
}

/// Another text in a file of the copy.
pub fn replace(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).expect("the file");
    assert!(text.contains(from), "{} has {from}", file.display());
    std::fs::write(file, text.replacen(from, to, 1)).expect("written");
}

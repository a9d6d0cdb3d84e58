//! Definitions on disk: a folder becomes a set of texts.

use std::path::Path;

use crate::engine::definition::Files;
use crate::kernel::{Error, Result};

/// Most files of a folder of definitions, and bytes of one.
const FILES_MAX: usize = 20_000;
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
const DEPTH_MAX: usize = 8;

/// Every text under the folder, by its path from there. Hidden files are left out.
///
/// # Errors
/// Where something cannot be read, is no UTF-8, or there is too much of it; the sentence names the file.
pub fn read(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut todo = vec![(folder.to_path_buf(), 0)];
    while let Some((at, depth)) = todo.pop() {
        let fault = |e: std::io::Error| Error::internal(format!("{}: {e}", at.display()));
        for entry in std::fs::read_dir(&at).map_err(fault)? {
            let path = entry.map_err(fault)?.path();
            if path.file_name().is_none_or(|n| n.to_string_lossy().starts_with('.')) {
                continue;
            }
            if path.is_dir() {
                if depth < DEPTH_MAX {
                    todo.push((path, depth + 1));
                }
                continue;
            }
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.insert(name, text(&path)?);
            if files.len() > FILES_MAX {
                return Err(Error::internal(format!("{}: more than {FILES_MAX} files", folder.display())));
            }
        }
    }
    Ok(files)
}

fn text(path: &Path) -> Result<String> {
    let fault = |e: std::io::Error| Error::internal(format!("{}: {e}", path.display()));
    if std::fs::metadata(path).map_err(fault)?.len() > FILE_BYTES_MAX {
        return Err(Error::internal(format!("{}: larger than {FILE_BYTES_MAX} bytes", path.display())));
    }
    std::fs::read_to_string(path).map_err(fault)
}

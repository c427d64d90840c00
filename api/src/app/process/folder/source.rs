//! Where the files of a folder come from: a ZIP archive, or the disk.

use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use styr_domain::{Fault, FaultKind, Text, Violation, text};
use zip::ZipArchive;

/// The files of a folder.
pub trait Files: Send {
    /// Their names, with the folders they lie in, parted by `/`.
    fn names(&self) -> Vec<String>;

    /// A file's content, by its place among the names.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn read(&mut self, number: usize) -> Result<Vec<u8>, Fault>;
}

/// The most files of an archive.
const MOST_FILES: usize = 20_000;
/// The most bytes of one file.
const MOST_OF_FILE: u64 = 20 << 20;
/// The most bytes of all files together.
const MOST_OF_ALL: u64 = 500 << 20;

fn refused(code: &'static str, text: Text) -> Fault {
    Fault::invalid(vec![Violation::at("", code, text)])
}

fn file_too_large() -> Fault {
    let most = MOST_OF_FILE >> 20;
    let text = text!(
        "Filen er større end {most} MB, når den er pakket ud.",
        "Filen är större än {most} MB när den är uppackad.",
        "The file is larger than {most} MB once unpacked."
    );
    refused("file_too_large", text)
}

fn too_much() -> Fault {
    let most = MOST_OF_ALL >> 20;
    let text = text!(
        "Filerne er tilsammen større end {most} MB, når de er pakket ud. Del mappen i flere.",
        "Filerna är tillsammans större än {most} MB när de är uppackade. Dela upp mappen i flera.",
        "The files together are larger than {most} MB once unpacked. Divide the folder into several."
    );
    refused("archive_too_large", text)
}

fn unreadable(error: &dyn std::fmt::Display) -> Fault {
    let error = error.to_string();
    let text = text!(
        "Kan ikke pakkes ud: {error}.",
        "Kan inte packas upp: {error}.",
        "It cannot be unpacked: {error}."
    );
    refused("archive_unreadable", text)
}

/// A ZIP archive in memory.
pub struct Zip {
    archive: ZipArchive<Cursor<Vec<u8>>>,
    /// The place of each file in the archive, and its name.
    files: Vec<(usize, String)>,
    /// How many bytes may still be unpacked.
    left: u64,
}

impl Zip {
    /// Opens an archive.
    ///
    /// # Errors
    /// `invalid` when it is no archive, has too many files, unpacks to too much, or names places outside itself.
    pub fn open(bytes: Vec<u8>) -> Result<Self, Fault> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
        if archive.len() > MOST_FILES {
            let text = text!(
                "Arkivet har flere end {MOST_FILES} filer. Del mappen i flere.",
                "Arkivet har fler än {MOST_FILES} filer. Dela upp mappen i flera.",
                "The archive has more than {MOST_FILES} files. Divide the folder into several."
            );
            return Err(refused("too_many_files", text));
        }
        let (mut files, mut size) = (Vec::new(), 0_u64);
        for number in 0..archive.len() {
            let file = archive.by_index_raw(number).map_err(|error| unreadable(&error))?;
            let name = decoded(file.name_raw());
            size = size.saturating_add(file.size());
            let folder = file.is_dir() || name.ends_with('/');
            let segments = || name.split('/').filter(|segment| !segment.is_empty());
            if name.starts_with('/') || name.contains(':') || segments().any(|segment| segment == "..") {
                let shown: String = name.chars().take(200).collect();
                let text = text!(
                    "Arkivet nævner et sted uden for sig selv: {shown}. Pak mappen igen.",
                    "Arkivet nämner en plats utanför sig självt: {shown}. Packa mappen igen.",
                    "The archive names a place outside itself: {shown}. Pack the folder again."
                );
                return Err(refused("archive_name_unsafe", text));
            }
            // What operating systems add to archives and folders.
            let hidden = segments().any(|segment| segment.starts_with('.') || segment == "__MACOSX");
            if !folder && !hidden {
                files.push((number, name));
            }
        }
        if size > MOST_OF_ALL {
            return Err(too_much());
        }
        Ok(Self { archive, files, left: MOST_OF_ALL })
    }
}

impl Files for Zip {
    fn names(&self) -> Vec<String> {
        self.files.iter().map(|(_, name)| name.clone()).collect()
    }

    fn read(&mut self, number: usize) -> Result<Vec<u8>, Fault> {
        let Some((place, _)) = self.files.get(number) else { return Err(Fault::not_found()) };
        let file = self.archive.by_index(*place).map_err(|error| unreadable(&error))?;
        // What an archive says of its sizes may be wrong.
        let most = MOST_OF_FILE.min(self.left);
        let mut bytes = Vec::new();
        let read = file.take(most + 1).read_to_end(&mut bytes);
        self.left = self.left.saturating_sub(bytes.len() as u64);
        read.map_err(|error| unreadable(&error))?;
        match bytes.len() as u64 > most {
            true if most == MOST_OF_FILE => Err(file_too_large()),
            true => Err(too_much()),
            false => Ok(bytes),
        }
    }
}

/// A name in an archive. Those that are no UTF-8 are in the code page that Nordic Windows packs with: CP865, which is CP437
/// with `ø` and `Ø`.
fn decoded(raw: &[u8]) -> String {
    const HIGH: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø₧ƒáíóúñÑªº¿⌐¬½¼¡«¤░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => raw
            .iter()
            .map(|byte| match byte {
                0..128 => char::from(*byte),
                _ => HIGH.chars().nth(usize::from(byte - 128)).unwrap_or('?'),
            })
            .collect(),
    };
    name.replace('\\', "/").chars().filter(|c| !c.is_control()).collect()
}

/// A folder on the disk.
pub struct Folder {
    root: PathBuf,
    names: Vec<String>,
}

impl Folder {
    /// Lists the files of a folder and those in it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(root: &Path) -> Result<Self, Fault> {
        let (mut names, mut open) = (Vec::new(), vec![(root.to_owned(), String::new())]);
        while let Some((folder, prefix)) = open.pop() {
            for entry in std::fs::read_dir(&folder).map_err(|error| unreadable_folder(&error))? {
                let entry = entry.map_err(|error| unreadable_folder(&error))?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                // Links are not followed, so that no folder holds itself.
                let kind = entry.file_type().map_err(|error| unreadable_folder(&error))?;
                if name.starts_with('.') {
                    continue;
                } else if kind.is_dir() {
                    open.push((entry.path(), format!("{prefix}{name}/")));
                } else if kind.is_file() {
                    names.push(format!("{prefix}{name}"));
                }
            }
        }
        names.sort();
        Ok(Self { root: root.to_owned(), names })
    }
}

fn unreadable_folder(error: &std::io::Error) -> Fault {
    let error = error.to_string();
    let text = text!(
        "Mappen kan ikke læses: {error}.",
        "Mappen kan inte läsas: {error}.",
        "The folder cannot be read: {error}."
    );
    Fault::new(FaultKind::Invalid, "folder_unreadable", text)
}

impl Files for Folder {
    fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    fn read(&mut self, number: usize) -> Result<Vec<u8>, Fault> {
        let Some(name) = self.names.get(number) else { return Err(Fault::not_found()) };
        let file = std::fs::File::open(self.root.join(name)).map_err(|error| unreadable_folder(&error))?;
        let mut bytes = Vec::new();
        file.take(MOST_OF_FILE + 1).read_to_end(&mut bytes).map_err(|error| unreadable_folder(&error))?;
        if bytes.len() as u64 > MOST_OF_FILE { Err(file_too_large()) } else { Ok(bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_either_code_page_are_read() {
        assert_eq!(decoded("8.7/Køb ind.bpmn".as_bytes()), "8.7/Køb ind.bpmn");
        assert_eq!(decoded(b"K\x9bb \x91\x9d\x86\x8f\x84\x94\\x.bpmn"), "Køb æØåÅäö/x.bpmn");
    }
}

use std::fs;

use super::super::testing::Flat;
use super::*;

fn set(path: &str, value: &str) -> SettingEdit {
    SettingEdit::Set { path: path.into(), value: value.into() }
}

fn with(text: &str) -> (tempfile::TempDir, UserFile) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("settings.ron");
    fs::write(&path, text).expect("written");
    (folder, UserFile::new::<Flat>(path))
}

#[test]
fn a_file_that_does_not_exist_is_made_with_its_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = UserFile::new::<Flat>(folder.path().join("attune/settings.ron"));
    file.save(&[set("height", "3.0")]).expect("saved");
    assert_eq!(file.text().expect("read"), "(\n    height: 3.0,\n)\n");
}

/// A broken file is never written, and the error says where it is broken.
#[test]
fn a_broken_file_stays_as_it_is() {
    let broken = "(\n    hall: (powr: 0.5),\n)\n";
    let (_folder, file) = with(broken);
    let words = file.save(&[set("height", "3.0")]).unwrap_err().to_string();
    assert!(words.contains("settings.ron:2:") && words.contains("powr"), "{words}");
    assert_eq!(file.text().expect("read"), broken);
}

/// A value that cannot be read would break the file, so it is not written.
#[test]
fn a_change_that_would_break_the_file_is_refused() {
    let (_folder, file) = with("(height: 3.0)");
    for wrong in ["3.0)", "\"three\"", "3.0 // high", ""] {
        let error = file.save(&[set("height", wrong)]).unwrap_err();
        assert!(matches!(error, UserFileError::NotChanged { .. }), "{wrong}: {error}");
    }
    assert_eq!(file.text().expect("read"), "(height: 3.0)");
}

#[test]
fn several_changes_are_saved_together_and_no_other_file_stays_behind() {
    let (folder, file) = with("(height: 3.0)");
    let edits = [set("hall.power", "0.5"), SettingEdit::Remove { path: "height".into() }];
    file.save(&edits).expect("saved");
    assert_eq!(file.text().expect("read"), "(hall: (power: 0.5))");
    assert_eq!(fs::read_dir(folder.path()).expect("read").count(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_rights_stay_as_they_are() {
    use std::os::unix::fs::PermissionsExt as _;

    let (folder, file) = with("()");
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600)).expect("set");
    let link = folder.path().join("link.ron");
    std::os::unix::fs::symlink(file.path(), &link).expect("linked");
    UserFile::new::<Flat>(link.clone()).save(&[set("height", "3.0")]).expect("saved");
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(file.text().expect("read"), "(\n    height: 3.0,\n)");
    assert_eq!(fs::metadata(file.path()).expect("there").permissions().mode() & 0o777, 0o600);
}

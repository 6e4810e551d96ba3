//! Small tables of comma-separated values (RFC 4180), with a heading.

use std::path::{Path, PathBuf};

use crate::foundation::{FileError, read_text};

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
enum TableError {
    #[error("the file is empty; a heading is expected")]
    Empty,
    #[error("expected {expected} values as in the heading, found {found}")]
    RowLength { expected: usize, found: usize },
    #[error("there is no column \"{name}\"; the columns are {}", columns.join(", "))]
    NoColumn { name: String, columns: Vec<String> },
}

/// A table with its heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvTable {
    pub file: PathBuf,
    pub heading: Vec<String>,
    /// Each as long as the heading.
    pub rows: Vec<Vec<String>>,
}

impl CsvTable {
    /// Reads a file.
    ///
    /// # Errors
    /// [`FileError`] names the file, and the line of a row whose length differs from that of the heading.
    pub fn read(file: &Path) -> Result<Self, FileError> {
        Self::parse(file, &read_text(file)?)
    }

    fn parse(file: &Path, text: &str) -> Result<Self, FileError> {
        let mut rows = records(text.trim_start_matches('\u{feff}'));
        if rows.is_empty() {
            return Err(FileError::invalid(file, "heading", TableError::Empty));
        }
        let (_, heading) = rows.remove(0);
        for (line, row) in &rows {
            if row.len() != heading.len() {
                let error = TableError::RowLength { expected: heading.len(), found: row.len() };
                return Err(FileError::in_line(file, *line, error));
            }
        }
        let rows = rows.into_iter().map(|(_, row)| row).collect();
        Ok(Self { file: file.to_owned(), heading, rows })
    }

    /// The place of a column, in upper or lower case.
    ///
    /// # Errors
    /// [`FileError::Invalid`] with the columns that there are.
    pub fn column(&self, name: &str) -> Result<usize, FileError> {
        self.heading.iter().position(|column| column.eq_ignore_ascii_case(name)).ok_or_else(|| {
            let error = TableError::NoColumn { name: name.to_owned(), columns: self.heading.clone() };
            FileError::invalid(&self.file, "heading", error)
        })
    }
}

/// The records with the line in which each begins. Quoted values may contain commas, quotes and line breaks.
fn records(text: &str) -> Vec<(usize, Vec<String>)> {
    let (mut records, mut record, mut value) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut line, mut first_line) = (false, 1, 1);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        line += usize::from(character == '\n');
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                value.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut value).trim().to_owned()),
            '\n' if !quoted => {
                end_record(&mut records, &mut record, &mut value, first_line);
                first_line = line;
            }
            _ => value.push(character),
        }
    }
    end_record(&mut records, &mut record, &mut value, first_line);
    records
}

/// Empty lines are no records.
fn end_record(
    records: &mut Vec<(usize, Vec<String>)>,
    record: &mut Vec<String>,
    value: &mut String,
    line: usize,
) {
    if !record.is_empty() || !value.trim().is_empty() {
        record.push(std::mem::take(value).trim().to_owned());
        records.push((line, std::mem::take(record)));
    }
    value.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<CsvTable, FileError> {
        CsvTable::parse(Path::new("people.csv"), text)
    }

    #[test]
    fn quotes_and_other_systems_line_ends_are_read() {
        let table =
            parse("\u{feff}person, age\r\n\"Doe, \"\"J\"\"\",24\r\n\r\n002,31\r\n").expect("a whole table");
        assert_eq!(table.heading, ["person", "age"]);
        assert_eq!(table.rows, [["Doe, \"J\"", "24"], ["002", "31"]]);
        assert_eq!(table.column("AGE").expect("there"), 1);
    }

    #[test]
    fn a_wrong_row_is_named_with_its_line() {
        let words = parse("person,age\n001,24\n002\n").unwrap_err().to_string();
        assert!(words.contains("people.csv:3") && words.contains("expected 2 values"), "{words}");
        let words = parse("person,age\n").and_then(|table| table.column("sex")).unwrap_err().to_string();
        assert!(words.contains("\"sex\"") && words.contains("person, age"), "{words}");
        assert!(parse("").is_err());
    }
}

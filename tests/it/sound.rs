//! Music and mixer together, heard sample by sample through the offline output.

mod devices;
mod hall;
mod mixing;
mod music;

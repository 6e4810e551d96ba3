//! Attune turns a screen, a pair of speakers and a webcam into a room that feels back.
//!
//! `camera → face → expression → mood → music → mixer`, and `mood → visuals`.
//! Each room is one folder and one plugin; imports point downstream only.

pub mod app;
pub mod cli;
pub mod command;
pub mod emotion;
pub mod eval;
pub mod event;
pub mod foundation;
pub mod frame;
pub mod inference;
pub mod input;
pub mod mixer;
pub mod mood;
pub mod music;
pub mod report;
pub mod screens;
pub mod sense;
pub mod session;
pub mod settings;
pub mod status;
pub mod vision;
pub mod visuals;

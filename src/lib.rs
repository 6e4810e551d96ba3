//! Attune turns a screen, a pair of speakers and a webcam into a room that feels back.
//!
//! `camera → face → expression → mood → music → mixer`, and `mood → visuals`.
//! Each room is one folder and one plugin; imports point downstream only.

pub mod camera;
pub mod cli;
pub mod config;
pub mod eval;
pub mod expression;
pub mod face;
pub mod foundation;
pub mod house;
pub mod input;
pub mod mixer;
pub mod mood;
pub mod music;
pub mod network;
pub mod perception;
pub mod report;
pub mod screens;
pub mod terminal;
pub mod visuals;

//! What gonogo tells outside the screen: status JSON and more.

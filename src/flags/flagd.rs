//! The OpenFeature flagd JSON file.

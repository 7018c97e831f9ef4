#!/usr/bin/env node
// `user-pictures`: operates users' pictures in an Auth0 tenant and its picture store.

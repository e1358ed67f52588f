"use strict";
module.exports = require("@sansocket/node-adapter/ws");

// Reads [[TeX, displayed], ...] as JSON and writes a list of MathML, or of {error, position} for what Temml cannot read.
"use strict";
const fs = require("fs");
const path = require("path");

const code = fs.readFileSync(path.join(__dirname, "temml.min.js"), "utf8");
const temml = new Function(`${code}; return temml;`)(); // written for browsers: it makes a global variable

const set = ([tex, displayMode]) => {
  try {
    return temml.renderToString(tex, { displayMode, throwOnError: true, strict: true, xml: false });
  } catch (error) {
    return { error: error.message };
  }
};
process.stdout.write(JSON.stringify(JSON.parse(fs.readFileSync(0, "utf8")).map(set)));

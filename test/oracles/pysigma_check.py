"""Judges Sigma files by pySigma: argument one is a folder with one folder of rules for each output. Prints a JSON object
for each output: whether it parses, what the core validators find of medium severity and above, and whether the Splunk
backend converts it."""

import json
import sys
from pathlib import Path

from sigma.backends.splunk import SplunkBackend
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import WildcardPlaceholderTransformation
from sigma.validation import SigmaValidator
from sigma.validators.base import SigmaValidationIssueSeverity
from sigma.validators.core import validators

# These two download the lists of tags that they compare with.
DOWNLOADING = ("ATTACKTagValidator", "D3FENDTagValidator")
CHECKS = [check for check in validators.values() if check.__name__ not in DOWNLOADING]
SEVERE = (SigmaValidationIssueSeverity.MEDIUM, SigmaValidationIssueSeverity.HIGH)

# Whoever converts a rule with placeholders fills them.
PIPELINE = ProcessingPipeline(items=[ProcessingItem(WildcardPlaceholderTransformation())])


def describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".split("\n")[0][:300]


def judge(folder: Path) -> dict:
    verdict = {"output": folder.name, "parse": None, "issues": [], "convert": None, "queries": 0}
    try:
        collection = SigmaCollection.load_ruleset([folder])
    except (SigmaError, ValueError, TypeError) as error:
        return {**verdict, "parse": describe(error)}
    for rule in collection.rules:
        for error in rule.errors:
            return {**verdict, "parse": describe(error)}
    # Each output by itself: sources that share a title or an id are no fault of ours.
    for issue in SigmaValidator(CHECKS).validate_rules(collection):
        if issue.severity in SEVERE:
            verdict["issues"].append(f"{type(issue).__name__} {issue.severity.name}: {issue}"[:300])
    try:
        verdict["queries"] = len(SplunkBackend(PIPELINE).convert(collection))
    except Exception as error:  # The backend raises errors of all kinds for what it does not know.
        verdict["convert"] = describe(error)
    return verdict


for output in sorted(Path(sys.argv[1]).iterdir()):
    print(json.dumps(judge(output)))

"""Write a checkpoint with random weights, 170 KB, that the real Detoxify class loads in about a second, offline."""

from __future__ import annotations

import json
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CLASSES = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]
UNBIASED = ["toxicity", "severe_toxicity", "obscene", "identity_attack", "insult", "threat", "sexual_explicit"]
WORDS = "the you i am are and to a is it this my hate love kind idiot ##ing ##ed".split()


def write_bert(
    folder: Path, *, width: int = 32, layers: int = 2, heads: int = 2, inner: int = 0, vocabulary: Sequence[str] = ()
) -> Path:
    """Write a checkpoint shaped like Detoxify's `original`: BERT, six classes under their old names."""
    import torch
    import transformers

    hf = folder / "hf"
    hf.mkdir(parents=True)
    signs = string.ascii_lowercase + string.digits
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *signs, *string.punctuation, *("##" + s for s in signs)]
    vocabulary = vocabulary or [*tokens, *WORDS]
    (hf / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    settings = {"do_lower_case": True, "tokenizer_class": "BertTokenizer", "model_max_length": 512}
    (hf / "tokenizer_config.json").write_text(json.dumps(settings))
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(vocabulary), num_labels=len(CLASSES), hidden_size=width, num_hidden_layers=layers,
        num_attention_heads=heads, intermediate_size=inner or 2 * width, max_position_embeddings=512,
    )  # fmt: skip
    model = transformers.BertForSequenceClassification(config)
    config.save_pretrained(hf)
    return save(folder, model.state_dict(), "bert-base-uncased", "Bert", CLASSES, len(CLASSES))


def write_roberta(folder: Path) -> Path:
    """Write a checkpoint shaped like Detoxify's `unbiased`: RoBERTa, seven classes, nine outputs nobody reads."""
    import torch
    import transformers

    hf = folder / "hf"
    hf.mkdir(parents=True)
    signs = [chr(code) for code in range(33, 127)] + ["\u0120"]
    vocabulary = {token: number for number, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", "<mask>", *signs])}
    (hf / "vocab.json").write_text(json.dumps(vocabulary))
    (hf / "merges.txt").write_text("#version: 0.2\n")
    (hf / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 512}))
    torch.manual_seed(1)
    config = transformers.RobertaConfig(
        vocab_size=len(vocabulary), num_labels=16, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=514, type_vocab_size=1,
    )  # fmt: skip
    model = transformers.RobertaForSequenceClassification(config)
    config.save_pretrained(hf)
    # The published file still holds this buffer of an older transformers release.
    weights = model.state_dict() | {"roberta.embeddings.position_ids": torch.arange(514).unsqueeze(0)}
    return save(folder, weights, "roberta-base", "Roberta", UNBIASED, 16)


def save(folder: Path, weights: dict[str, Any], base: str, family: str, classes: list[str], num_classes: int) -> Path:
    import torch

    arguments = {
        "num_classes": num_classes,
        "model_type": base,
        "model_name": f"{family}ForSequenceClassification",
        "tokenizer_name": f"{family}Tokenizer",
    }
    config = {"arch": {"type": family, "args": arguments}, "dataset": {"args": {"classes": classes}}}
    path = folder / "model.ckpt"
    torch.save({"config": config, "state_dict": weights}, path)
    return path

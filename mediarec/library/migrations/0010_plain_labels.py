"""Labels in plain words; no column changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0009_search_while_importing"),
    ]

    operations = [
        migrations.AlterField(
            model_name="importbatch",
            name="state",
            field=models.CharField(
                choices=[
                    ("reading", "Reading"),
                    ("preview", "Ready to review"),
                    ("committing", "Adding"),
                    ("committed", "Added"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                    ("undoing", "Undoing"),
                    ("undone", "Undone"),
                ],
                default="reading",
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="importrow",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("pending", "Waiting"),
                    ("added", "New item"),
                    ("matched", "Matched"),
                    ("duplicate", "Already imported"),
                    ("review", "Needs review"),
                    ("rejected", "Not readable"),
                ],
                default="pending",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="person",
            name="ownership",
            field=models.CharField(
                choices=[("any", "Everything"), ("owned", "Only owned"), ("not_owned", "Only not owned")],
                default="any",
                max_length=10,
            ),
        ),
    ]
